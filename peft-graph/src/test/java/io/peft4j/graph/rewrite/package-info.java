/** Tests of rewriting against graphs that were built directly. */
@NullMarked
package io.peft4j.graph.rewrite;

import org.jspecify.annotations.NullMarked;
