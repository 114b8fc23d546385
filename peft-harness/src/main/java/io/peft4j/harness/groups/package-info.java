/** Task groups: how similar tasks are, measured, and what groups that follow cost. */
@NullMarked
package io.peft4j.harness.groups;

import org.jspecify.annotations.NullMarked;
