package io.peft4j.api.accounting;

import com.google.common.collect.ImmutableMap;
import java.util.Map;

/**
 * Numbers (not bytes) of an adapted model.
 *
 * @param total frozen and trainable, backbone, adapter and decoders
 * @param trainable as the papers' code counts: {@code used} and the tensors that no gradient
 *     reaches
 * @param used what a gradient can reach, read off the graph
 * @param backboneTrainable {@code trainable} without the decoders
 * @param decoders numbers of the task heads and channel reducers
 * @param adapter trainable numbers that the method adds
 * @param groups trainable numbers by group: adapter, qkv/proj/fc1/fc2, biases, norms, position
 *     bias, patch embedding, merging, decoders
 * @param perTask trainable numbers on the backward path of each task
 * @param dead tensors by name of backbone and adapter that are in {@code trainable} and not in
 *     {@code used}, because the method says that the papers' code counts them or because no output
 *     reads the features that they lead to; numbers each
 */
public record ParameterReport(
    long total,
    long trainable,
    long used,
    long backboneTrainable,
    long decoders,
    long adapter,
    Map<String, Long> groups,
    Map<String, Long> perTask,
    Map<String, Long> dead) {
  /** Copies the maps, keeping their order. */
  public ParameterReport {
    groups = ImmutableMap.copyOf(groups);
    perTask = ImmutableMap.copyOf(perTask);
    dead = ImmutableMap.copyOf(dead);
  }
}
