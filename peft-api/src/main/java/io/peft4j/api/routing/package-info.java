/**
 * Who shares what: tasks, streams, and the router that sends a demand to a stream.
 *
 * <p>Records, enumerations and exceptions are values. Safe for use by several threads.
 */
@NullMarked
package io.peft4j.api.routing;

import org.jspecify.annotations.NullMarked;
