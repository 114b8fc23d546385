/** Tests of norm tuning. */
@NullMarked
package io.peft4j.baselines.norm;

import org.jspecify.annotations.NullMarked;
