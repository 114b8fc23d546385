/** Tests of SVFT. */
@NullMarked
package io.peft4j.baselines.svft;

import org.jspecify.annotations.NullMarked;
