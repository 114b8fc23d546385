/** Tests of discovery and option binding. */
@NullMarked
package io.peft4j.graph.registry;

import org.jspecify.annotations.NullMarked;
