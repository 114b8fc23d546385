/**
 * Configuration files: JSON objects read with care and written in one form.
 *
 * <p>Records, enumerations and exceptions are values. Safe for use by several threads.
 */
@NullMarked
package io.peft4j.adapters.json;

import org.jspecify.annotations.NullMarked;
