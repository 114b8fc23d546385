/** Products of several streams with one factor, put together. */
@NullMarked
package io.peft4j.graph.plan.batch;

import org.jspecify.annotations.NullMarked;
