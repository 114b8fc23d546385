/** Hypernetworks written a second time, in plain Java. */
@NullMarked
package io.peft4j.baselines.hypernet;

import org.jspecify.annotations.NullMarked;
