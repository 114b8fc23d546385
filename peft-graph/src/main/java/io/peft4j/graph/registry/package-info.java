/** Finds adapter methods, isolates the broken ones, and binds their options. */
@NullMarked
package io.peft4j.graph.registry;

import org.jspecify.annotations.NullMarked;
