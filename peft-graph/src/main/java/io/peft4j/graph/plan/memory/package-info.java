/** Where buffers lie: how long each lives, and which may share memory. */
@NullMarked
package io.peft4j.graph.plan.memory;

import org.jspecify.annotations.NullMarked;
