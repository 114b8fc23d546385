/** Polyhistor-Lite (Liu et al. 2022). */
@NullMarked
package io.peft4j.baselines.polyhistorlite;

import org.jspecify.annotations.NullMarked;
