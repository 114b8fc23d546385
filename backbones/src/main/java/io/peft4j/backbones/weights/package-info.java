/** Where the arrays of a backbone's parameters come from. */
@NullMarked
package io.peft4j.backbones.weights;

import org.jspecify.annotations.NullMarked;
