/** Tests of streams and routers. */
@NullMarked
package io.peft4j.api.routing;

import org.jspecify.annotations.NullMarked;
