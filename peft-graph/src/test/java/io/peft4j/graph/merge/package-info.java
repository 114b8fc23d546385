/** Tests of merging. */
@NullMarked
package io.peft4j.graph.merge;

import org.jspecify.annotations.NullMarked;
