/** Tests of MTLoRA: golden values, laws, published counts. */
@NullMarked
package io.peft4j.mtlora;

import org.jspecify.annotations.NullMarked;
