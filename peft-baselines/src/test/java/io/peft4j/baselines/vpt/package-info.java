/** Tests of visual prompt tuning. */
@NullMarked
package io.peft4j.baselines.vpt;

import org.jspecify.annotations.NullMarked;
