/** SVFT: a sparse matrix trained between the singular vectors of each weight. */
@NullMarked
package io.peft4j.baselines.svft;

import org.jspecify.annotations.NullMarked;
