/** Proofs of similarity, scores and grouping. */
@NullMarked
package io.peft4j.grouping;

import org.jspecify.annotations.NullMarked;
