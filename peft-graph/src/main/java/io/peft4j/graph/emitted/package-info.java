/** The graph that is being emitted: its parameters, noise, constants and costs. */
@NullMarked
package io.peft4j.graph.emitted;

import org.jspecify.annotations.NullMarked;
