/** Tests of selectors and parameter groups. */
@NullMarked
package io.peft4j.api.select;

import org.jspecify.annotations.NullMarked;
