/** Picture files: which format, how large, which way up, and their pixels as sRGB. */
@NullMarked
package io.peft4j.harness.data.read;

import org.jspecify.annotations.NullMarked;
