/** Tests of the small values that everything else uses. */
@NullMarked
package io.peft4j.api;

import org.jspecify.annotations.NullMarked;
