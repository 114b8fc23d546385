package io.peft4j.backbones.weights;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.SplittableRandom;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Start values drawn from a generator per tensor. */
record RandomWeights(long seed) implements WeightSource {
  @Override
  public Optional<INDArray> array(WeightSpec.Tensor tensor, DataType type) {
    // A hash with a fixed definition: String.hashCode collides too easily for seeds.
    long own =
        Hashing.murmur3_128()
            .newHasher()
            .putLong(seed)
            .putString(tensor.param().path(), StandardCharsets.UTF_8)
            .hash()
            .asLong();
    return Optional.of(
        tensor.init().create(new SplittableRandom(own), type, tensor.param().shape().toArray()));
  }
}
