/**
 * Low-rank adapters as Hugging Face's peft writes them: keys, configuration, names of modules.
 *
 * <p>Records, enumerations and exceptions are values. Safe for use by several threads.
 */
@NullMarked
package io.peft4j.adapters.hf;

import org.jspecify.annotations.NullMarked;
