/**
 * What a method trained, apart from any model, and the backbone that it was trained on.
 *
 * <p>Records, enumerations and exceptions are values. Safe for use by several threads.
 */
@NullMarked
package io.peft4j.adapters;

import org.jspecify.annotations.NullMarked;
