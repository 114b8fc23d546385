/** Training mains to copy from, one a method. */
@NullMarked
package io.peft4j.examples;

import org.jspecify.annotations.NullMarked;
