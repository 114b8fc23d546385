/** Pyramid Vision Transformer (Wang et al. 2021) as a plain SameDiff graph with its site table. */
@NullMarked
package io.peft4j.backbones.pvt;

import org.jspecify.annotations.NullMarked;
