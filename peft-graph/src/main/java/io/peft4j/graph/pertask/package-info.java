/** One model per task out of any method: a copy of what it trains for each task. */
@NullMarked
package io.peft4j.graph.pertask;

import org.jspecify.annotations.NullMarked;
