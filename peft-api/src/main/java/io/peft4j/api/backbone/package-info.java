/** What can be adapted: a frozen graph, its sites, places and parameters. */
@NullMarked
package io.peft4j.api.backbone;

import org.jspecify.annotations.NullMarked;
