/** Reading and writing safetensors files: named tensors behind a JSON header. */
@NullMarked
package io.peft4j.backbones.safetensors;

import org.jspecify.annotations.NullMarked;
