/**
 * Picture files: which format, how large, which way up, and their pixels as sRGB.
 *
 * <p>Records, enumerations and exceptions are values. Safe for use by several threads.
 */
@NullMarked
package io.peft4j.harness.data.read;

import org.jspecify.annotations.NullMarked;
