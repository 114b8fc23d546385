/** Tests of ReFT. */
@NullMarked
package io.peft4j.baselines.reft;

import org.jspecify.annotations.NullMarked;
