/** Swin Transformer V1 (Liu et al. 2021) as a plain SameDiff graph with its site table. */
@NullMarked
package io.peft4j.backbones.swin;

import org.jspecify.annotations.NullMarked;
