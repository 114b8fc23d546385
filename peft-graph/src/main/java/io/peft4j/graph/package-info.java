/** The front door: a program adapts a backbone in three lines. */
@NullMarked
package io.peft4j.graph;

import org.jspecify.annotations.NullMarked;
