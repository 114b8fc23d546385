/**
 * Reading what {@code torch.save} wrote, by an unpickler that builds tensors and containers only.
 */
@NullMarked
package io.peft4j.backbones.torch;

import org.jspecify.annotations.NullMarked;
