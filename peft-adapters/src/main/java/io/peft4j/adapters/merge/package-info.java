/**
 * Plain checkpoints of adapted backbones, and their undoing.
 *
 * <p>Records, enumerations and exceptions are values. Safe for use by several threads.
 */
@NullMarked
package io.peft4j.adapters.merge;

import org.jspecify.annotations.NullMarked;
