/** Proofs of similarity, scores and grouping. */
@NullMarked
package io.peft4j.tglora.grouping;

import org.jspecify.annotations.NullMarked;
