/**
 * Which sites a method adapts: selectors, their grammar and match reports.
 *
 * <p>Records, enumerations and exceptions are values. Safe for use by several threads.
 */
@NullMarked
package io.peft4j.api.select;

import org.jspecify.annotations.NullMarked;
