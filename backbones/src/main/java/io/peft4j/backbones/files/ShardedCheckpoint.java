package io.peft4j.backbones.files;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.backbones.checkpoint.Checkpoint;
import io.peft4j.backbones.safetensors.StrictJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Tensors spread over several files, as Hugging Face saves large models: a JSON index says under
 * {@code weight_map} which file of its folder holds which tensor.
 *
 * @param index the index
 * @param shards the checkpoint that holds a tensor, by the tensor's name
 * @param files the index and every shard
 */
record ShardedCheckpoint(
    Path index, ImmutableMap<String, Checkpoint> shards, ImmutableList<Path> files)
    implements Checkpoint {
  /** How the name of an index ends. */
  static final String SUFFIX = ".index.json";

  /** An index has some 100 bytes a tensor. */
  private static final long MAX_BYTES = 100_000_000;

  static ShardedCheckpoint open(Path index) {
    Map<String, Checkpoint> byFile = new TreeMap<>();
    ImmutableMap.Builder<String, Checkpoint> shards = ImmutableMap.builder();
    for (Map.Entry<String, JsonNode> field : weightMap(index).properties()) {
      if (!field.getValue().isTextual()) {
        throw new InputException(
            "%s: weight_map of '%s' is not the name of a file".formatted(index, field.getKey()));
      }
      String file = field.getValue().textValue();
      Checkpoint shard = byFile.computeIfAbsent(file, f -> shard(index, f));
      if (!shard.entries().containsKey(field.getKey())) {
        throw new InputException(
            "%s: tensor '%s' is not in %s, where the index says; download the folder again"
                .formatted(index, field.getKey(), file));
      }
      shards.put(field.getKey(), shard);
    }
    ImmutableList.Builder<Path> files = ImmutableList.<Path>builder().add(index);
    byFile.values().forEach(shard -> files.addAll(shard.files()));
    return new ShardedCheckpoint(index, shards.buildOrThrow(), files.build());
  }

  private static JsonNode weightMap(Path index) {
    try {
      if (Files.size(index) > MAX_BYTES) {
        throw new InputException(
            "%s: %d bytes are too many for an index".formatted(index, Files.size(index)));
      }
      byte[] bytes = Files.readAllBytes(index);
      JsonNode map = StrictJson.read(bytes, index.toString(), "the index").path("weight_map");
      if (!map.isObject() || map.isEmpty()) {
        throw new InputException(
            index + ": has no weight_map, which says where each tensor is; name a file of weights");
      }
      return map;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + index + ": " + e, e);
    }
  }

  /** A shard stands beside its index: the index of a stranger must not lead out of the folder. */
  private static Checkpoint shard(Path index, String name) {
    if (!name.matches("[\\w.-]+") || name.startsWith(".") || name.endsWith(SUFFIX)) {
      throw new InputException(
          "%s: weight_map names '%s', which is no file beside the index".formatted(index, name));
    }
    Path file = index.resolveSibling(name);
    if (!Files.isRegularFile(file)) {
      throw new InputException(
          "%s: its shard %s is missing; download the whole folder".formatted(index, name));
    }
    return CheckpointFiles.single(file);
  }

  @Override
  public String origin() {
    return index.toString();
  }

  @Override
  public ImmutableMap<String, Entry> entries() {
    return shards.entrySet().stream()
        .collect(
            ImmutableMap.toImmutableMap(
                Map.Entry::getKey, e -> e.getValue().entries().get(e.getKey())));
  }

  @Override
  public ImmutableList<String> remarks() {
    return shards.values().stream()
        .distinct()
        .flatMap(shard -> shard.remarks().stream().map(r -> shard.origin() + ": " + r))
        .collect(ImmutableList.toImmutableList());
  }

  @Override
  public INDArray read(String name) {
    Checkpoint shard = shards.get(name);
    if (shard == null) {
      throw new IllegalArgumentException(index + ": no tensor '" + name + "'");
    }
    return shard.read(name);
  }
}
