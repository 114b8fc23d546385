/** Tests of Polyhistor. */
@NullMarked
package io.peft4j.baselines.polyhistor;

import org.jspecify.annotations.NullMarked;
