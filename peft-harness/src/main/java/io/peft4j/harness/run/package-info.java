/** Runs: what is trained on what, its record on disk, and comparisons of several. */
@NullMarked
package io.peft4j.harness.run;

import org.jspecify.annotations.NullMarked;
