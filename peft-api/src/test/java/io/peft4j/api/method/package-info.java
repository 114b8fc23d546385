/** Tests of what configures a method. */
@NullMarked
package io.peft4j.api.method;

import org.jspecify.annotations.NullMarked;
