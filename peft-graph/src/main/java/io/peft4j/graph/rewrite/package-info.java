/**
 * Demand-driven re-emission: a request (variable, stream) is answered by a copy, by the plugin, or
 * by what was emitted before.
 */
@NullMarked
package io.peft4j.graph.rewrite;

import org.jspecify.annotations.NullMarked;
