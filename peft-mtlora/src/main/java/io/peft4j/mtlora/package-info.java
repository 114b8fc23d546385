/** MTLoRA and MTLoRA+. */
@NullMarked
package io.peft4j.mtlora;

import org.jspecify.annotations.NullMarked;
