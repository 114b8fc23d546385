/** Visual prompt tuning: trained tokens beside those of the image. */
@NullMarked
package io.peft4j.baselines.vpt;

import org.jspecify.annotations.NullMarked;
