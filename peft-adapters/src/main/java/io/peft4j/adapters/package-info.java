/** What a method trained, apart from any model, and the backbone that it was trained on. */
@NullMarked
package io.peft4j.adapters;

import org.jspecify.annotations.NullMarked;
