/**
 * What an adapted model costs: parameters and multiply-accumulates.
 *
 * <p>Records, enumerations and exceptions are values. Safe for use by several threads.
 */
@NullMarked
package io.peft4j.api.accounting;

import org.jspecify.annotations.NullMarked;
