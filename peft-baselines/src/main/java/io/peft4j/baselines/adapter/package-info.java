/** Bottleneck adapters (Houlsby et al. 2019). */
@NullMarked
package io.peft4j.baselines.adapter;

import org.jspecify.annotations.NullMarked;
