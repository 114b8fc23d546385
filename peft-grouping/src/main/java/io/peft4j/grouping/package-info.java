/**
 * Which tasks belong together: similarity of gradients, scores of partitions, search for groups.
 */
@NullMarked
package io.peft4j.grouping;

import org.jspecify.annotations.NullMarked;
