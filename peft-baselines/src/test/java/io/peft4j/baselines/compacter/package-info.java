/** Tests of Compacter. */
@NullMarked
package io.peft4j.baselines.compacter;

import org.jspecify.annotations.NullMarked;
