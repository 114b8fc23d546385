/** Checkpoints on disk: which format a file has, and which files a folder of weights is. */
@NullMarked
package io.peft4j.backbones.files;

import org.jspecify.annotations.NullMarked;
