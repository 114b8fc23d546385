/** VL-Adapter (Sung et al. 2022). */
@NullMarked
package io.peft4j.baselines.vladapter;

import org.jspecify.annotations.NullMarked;
