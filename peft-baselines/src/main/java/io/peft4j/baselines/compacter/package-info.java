/** Compacter and Compacter++ (Karimi Mahabadi et al. 2021). */
@NullMarked
package io.peft4j.baselines.compacter;

import org.jspecify.annotations.NullMarked;
