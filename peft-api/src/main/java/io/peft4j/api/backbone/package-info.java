/**
 * What can be adapted: a frozen graph, its sites, places and parameters.
 *
 * <p>Records, enumerations and exceptions are values. Safe for use by several threads.
 */
@NullMarked
package io.peft4j.api.backbone;

import org.jspecify.annotations.NullMarked;
