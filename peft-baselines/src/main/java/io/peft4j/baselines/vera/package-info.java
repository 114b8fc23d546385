/** VeRA: trained vectors between random matrices that all layers share. */
@NullMarked
package io.peft4j.baselines.vera;

import org.jspecify.annotations.NullMarked;
