/** Configuration files: JSON objects read with care and written in one form. */
@NullMarked
package io.peft4j.adapters.json;

import org.jspecify.annotations.NullMarked;
