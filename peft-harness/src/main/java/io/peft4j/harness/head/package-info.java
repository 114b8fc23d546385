/** Decoders: from the features of a task to a map at image resolution. */
@NullMarked
package io.peft4j.harness.head;

import org.jspecify.annotations.NullMarked;
