/** Prefix tuning: trained keys and values in every attention. */
@NullMarked
package io.peft4j.baselines.prefix;

import org.jspecify.annotations.NullMarked;
