/** Adapters written a second time, in plain Java, and a backbone to compare them on. */
@NullMarked
package io.peft4j.baselines.bottleneck;

import org.jspecify.annotations.NullMarked;
