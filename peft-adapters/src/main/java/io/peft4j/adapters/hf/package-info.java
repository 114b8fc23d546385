/** Low-rank adapters as Hugging Face's peft writes them: keys, configuration, names of modules. */
@NullMarked
package io.peft4j.adapters.hf;

import org.jspecify.annotations.NullMarked;
