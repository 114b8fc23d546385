/** Tests of the audited operations. */
@NullMarked
package io.peft4j.graph.ops;

import org.jspecify.annotations.NullMarked;
