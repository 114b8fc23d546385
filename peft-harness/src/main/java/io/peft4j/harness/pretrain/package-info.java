/** Making a backbone's first weights: classification of rendered objects. */
@NullMarked
package io.peft4j.harness.pretrain;

import org.jspecify.annotations.NullMarked;
