/** Tests of the command, run in this process. */
@NullMarked
package io.peft4j.harness.cli;

import org.jspecify.annotations.NullMarked;
