/**
 * The bottleneck of the adapter family: where it stands, what it computes, whose weights it has.
 */
@NullMarked
package io.peft4j.baselines.bottleneck;

import org.jspecify.annotations.NullMarked;
