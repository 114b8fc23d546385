/** Tests of prefix tuning. */
@NullMarked
package io.peft4j.baselines.prefix;

import org.jspecify.annotations.NullMarked;
