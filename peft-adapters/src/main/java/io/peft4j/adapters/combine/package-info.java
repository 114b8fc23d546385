/** Weighted combinations of low-rank adapters. */
@NullMarked
package io.peft4j.adapters.combine;

import org.jspecify.annotations.NullMarked;
