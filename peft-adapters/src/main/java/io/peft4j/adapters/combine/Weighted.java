package io.peft4j.adapters.combine;

import io.peft4j.api.lowrank.LowRankAdapter;

/** Low-rank updates and their weight. */
record Weighted(LowRankAdapter adapter, double weight) {}
