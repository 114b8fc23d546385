/** Tests of the facade. */
@NullMarked
package io.peft4j.graph;

import org.jspecify.annotations.NullMarked;
