/** A small backbone and methods for it, built by hand, on which the engine is tested. */
@NullMarked
package io.peft4j.graph.toy;

import org.jspecify.annotations.NullMarked;
