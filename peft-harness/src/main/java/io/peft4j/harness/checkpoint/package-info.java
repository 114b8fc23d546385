/** What a run needs to go on where it stood, in files that show whether they are whole. */
@NullMarked
package io.peft4j.harness.checkpoint;

import org.jspecify.annotations.NullMarked;
