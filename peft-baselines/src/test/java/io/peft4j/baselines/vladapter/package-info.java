/** Tests of VL-Adapter. */
@NullMarked
package io.peft4j.baselines.vladapter;

import org.jspecify.annotations.NullMarked;
