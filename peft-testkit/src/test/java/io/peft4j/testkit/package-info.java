/** Tests of the kit: it accepts a good plugin and names the law that a broken one breaks. */
@NullMarked
package io.peft4j.testkit;

import org.jspecify.annotations.NullMarked;
