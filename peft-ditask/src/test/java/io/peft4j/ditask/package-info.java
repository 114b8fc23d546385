/** Tests of DiTASK. */
@NullMarked
package io.peft4j.ditask;

import org.jspecify.annotations.NullMarked;
