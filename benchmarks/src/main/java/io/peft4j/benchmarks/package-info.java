/** The command that the script runs: one work a process. */
@NullMarked
package io.peft4j.benchmarks;

import org.jspecify.annotations.NullMarked;
