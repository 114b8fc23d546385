/** The {@code peft} command: one class per subcommand, shared options, errors and exit codes. */
@NullMarked
package io.peft4j.harness.cli;

import org.jspecify.annotations.NullMarked;
