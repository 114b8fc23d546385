/** Tests of VeRA. */
@NullMarked
package io.peft4j.baselines.vera;

import org.jspecify.annotations.NullMarked;
