/**
 * The stable interface of peft4j: what a plugin author and a backbone author read.
 *
 * <p>Records, enumerations and exceptions are values. Safe for use by several threads.
 */
@NullMarked
package io.peft4j.api;

import org.jspecify.annotations.NullMarked;
