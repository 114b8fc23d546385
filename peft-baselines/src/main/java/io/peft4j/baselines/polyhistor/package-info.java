/** Polyhistor (Liu et al. 2022). */
@NullMarked
package io.peft4j.baselines.polyhistor;

import org.jspecify.annotations.NullMarked;
