/** Data sets as ND4J iterators, with what a run needs to know of them. */
@NullMarked
package io.peft4j.harness.data;

import org.jspecify.annotations.NullMarked;
