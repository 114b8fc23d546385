/** (IA)³: trained vectors that scale keys, values and the hidden layer of the MLP. */
@NullMarked
package io.peft4j.baselines.ia3;

import org.jspecify.annotations.NullMarked;
