/** Tests of the graph under construction. */
@NullMarked
package io.peft4j.graph.emitted;

import org.jspecify.annotations.NullMarked;
