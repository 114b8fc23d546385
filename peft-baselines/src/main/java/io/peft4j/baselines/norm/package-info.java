/** Norm tuning: gains and offsets of the backbone's norms. */
@NullMarked
package io.peft4j.baselines.norm;

import org.jspecify.annotations.NullMarked;
