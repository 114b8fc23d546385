/**
 * Low-rank updates of linear layers, the form in which methods and formats of files meet.
 *
 * <p>Records, enumerations and exceptions are values. Safe for use by several threads.
 */
@NullMarked
package io.peft4j.api.lowrank;

import org.jspecify.annotations.NullMarked;
