package io.peft4j.backbones.files;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.backbones.checkpoint.Checkpoint;
import io.peft4j.backbones.checkpoint.ModelConfig;
import io.peft4j.backbones.safetensors.StrictJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Weights beside which a {@code config.json} says what model they are of.
 *
 * @param weights the weights
 * @param described what it says
 */
record ConfiguredCheckpoint(Checkpoint weights, ModelConfig described) implements Checkpoint {
  private static final String NAME = "config.json";
  private static final long MAX_BYTES = 10_000_000;

  /** With the configuration that lies beside a file of weights, if it is a model's. */
  static Checkpoint beside(Path file, Checkpoint weights) {
    Path config = file.resolveSibling(NAME);
    if (!Files.isRegularFile(config)) {
      return weights;
    }
    try {
      if (Files.size(config) > MAX_BYTES) {
        throw new InputException(
            "%s: %d bytes are too many for a model's configuration"
                .formatted(config, Files.size(config)));
      }
      JsonNode json =
          StrictJson.read(Files.readAllBytes(config), config.toString(), "the configuration");
      if (!json.isObject()) {
        return weights;
      }
      Map<String, Object> values =
          new ObjectMapper().convertValue(json, new TypeReference<Map<String, Object>>() {});
      return ModelConfig.isOne(values)
          ? new ConfiguredCheckpoint(weights, new ModelConfig(config, values))
          : weights;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + config + ": " + e, e);
    }
  }

  @Override
  public String origin() {
    return weights.origin();
  }

  @Override
  public ImmutableMap<String, Entry> entries() {
    return weights.entries();
  }

  @Override
  public INDArray read(String name) {
    return weights.read(name);
  }

  /** The configuration is one of them: a change of it may change the model. */
  @Override
  public ImmutableList<Path> files() {
    return ImmutableList.<Path>builder().addAll(weights.files()).add(described.file()).build();
  }

  @Override
  public Optional<ModelConfig> config() {
    return Optional.of(described);
  }

  @Override
  public ImmutableList<String> remarks() {
    return weights.remarks();
  }
}
