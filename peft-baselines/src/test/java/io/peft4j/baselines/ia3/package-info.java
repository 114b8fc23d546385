/** Tests of (IA)³. */
@NullMarked
package io.peft4j.baselines.ia3;

import org.jspecify.annotations.NullMarked;
