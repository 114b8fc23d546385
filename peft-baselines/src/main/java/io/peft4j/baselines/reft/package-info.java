/** ReFT: low-rank interventions on representations. */
@NullMarked
package io.peft4j.baselines.reft;

import org.jspecify.annotations.NullMarked;
