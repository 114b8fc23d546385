package io.peft4j.backbones.checkpoint;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.api.Shape;
import io.peft4j.backbones.safetensors.TensorType;
import java.nio.file.Path;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Named tensors of a file or of several. What they are is known at once; their elements are read
 * one tensor at a time, and nothing stays open in between.
 */
public interface Checkpoint {
  /**
   * What is known of a tensor before it is read.
   *
   * @param type type of its elements
   * @param shape its shape
   */
  record Entry(TensorType type, Shape shape) {}

  /** Where the tensors come from, for messages. */
  String origin();

  /** The tensors by name, in the order of the file. */
  ImmutableMap<String, Entry> entries();

  /**
   * A tensor as a new array in row-major order, of the ND4J type that holds the same bits.
   *
   * @param name one of {@link #entries()}
   * @throws InputException if the file has changed since it was opened
   */
  INDArray read(String name);

  /** The files that hold the tensors; none if they are not in files. */
  ImmutableList<Path> files();

  /** What a configuration beside the files says of the model, if there is one. */
  default Optional<ModelConfig> config() {
    return Optional.empty();
  }

  /**
   * What was taken for granted when it was opened, and what it holds that is not read; a line each.
   */
  default ImmutableList<String> remarks() {
    return ImmutableList.of();
  }
}
