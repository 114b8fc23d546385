/** Several named adapters on one backbone. */
@NullMarked
package io.peft4j.adapters.named;

import org.jspecify.annotations.NullMarked;
