/** Counts and multiply-accumulates read off an emitted graph. */
@NullMarked
package io.peft4j.graph.account;

import org.jspecify.annotations.NullMarked;
