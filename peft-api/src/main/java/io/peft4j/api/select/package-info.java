/** Which sites a method adapts: selectors, their grammar and match reports. */
@NullMarked
package io.peft4j.api.select;

import org.jspecify.annotations.NullMarked;
