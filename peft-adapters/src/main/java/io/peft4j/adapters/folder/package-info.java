/** One folder an adapter: read, written in one step, described, compared. */
@NullMarked
package io.peft4j.adapters.folder;

import org.jspecify.annotations.NullMarked;
