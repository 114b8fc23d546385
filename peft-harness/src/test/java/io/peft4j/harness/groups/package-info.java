/** Proofs of the measurement and the cost of task groups. */
@NullMarked
package io.peft4j.harness.groups;

import org.jspecify.annotations.NullMarked;
