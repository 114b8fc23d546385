/**
 * A small deterministic ray caster: shapes, materials, rooms and the loop that renders them.
 *
 * <p>Records, enumerations and exceptions are values. Safe for use by several threads.
 */
@NullMarked
package io.peft4j.harness.data.scenes.render;

import org.jspecify.annotations.NullMarked;
