/** Runs of elementwise instructions that go through memory together. */
@NullMarked
package io.peft4j.graph.plan.fuse;

import org.jspecify.annotations.NullMarked;
