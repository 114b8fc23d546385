/** Tests of adapters. */
@NullMarked
package io.peft4j.baselines.adapter;

import org.jspecify.annotations.NullMarked;
