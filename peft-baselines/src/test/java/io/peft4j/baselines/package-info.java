/** Tests of the baselines. */
@NullMarked
package io.peft4j.baselines;

import org.jspecify.annotations.NullMarked;
