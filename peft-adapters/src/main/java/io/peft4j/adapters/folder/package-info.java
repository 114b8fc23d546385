/**
 * One folder an adapter: read, written in one step, described, compared.
 *
 * <p>Records, enumerations and exceptions are values. Safe for use by several threads.
 */
@NullMarked
package io.peft4j.adapters.folder;

import org.jspecify.annotations.NullMarked;
