/** The embedded data sets: procedural rooms and single objects, with exact dense ground truth. */
@NullMarked
package io.peft4j.harness.data.scenes;

import org.jspecify.annotations.NullMarked;
