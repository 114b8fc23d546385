/** Adapters folded back into weights, found by probing. */
@NullMarked
package io.peft4j.graph.merge;

import org.jspecify.annotations.NullMarked;
