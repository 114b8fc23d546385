/**
 * What an adapter plugin is: a provider, its configuration record, and the rewrite it binds.
 *
 * <p>Records, enumerations and exceptions are values. Safe for use by several threads.
 */
@NullMarked
package io.peft4j.api.method;

import org.jspecify.annotations.NullMarked;
