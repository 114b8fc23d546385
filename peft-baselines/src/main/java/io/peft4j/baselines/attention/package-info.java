/** Attention over more keys and values than the image has. */
@NullMarked
package io.peft4j.baselines.attention;

import org.jspecify.annotations.NullMarked;
