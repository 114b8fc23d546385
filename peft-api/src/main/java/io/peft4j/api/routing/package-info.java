/** Who shares what: tasks, streams, and the router that sends a demand to a stream. */
@NullMarked
package io.peft4j.api.routing;

import org.jspecify.annotations.NullMarked;
