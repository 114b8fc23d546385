/** A small deterministic ray caster: shapes, materials, rooms and the loop that renders them. */
@NullMarked
package io.peft4j.harness.data.scenes.render;

import org.jspecify.annotations.NullMarked;
