/** What heads need besides their arrays. */
@NullMarked
package io.peft4j.adapters.heads;

import org.jspecify.annotations.NullMarked;
