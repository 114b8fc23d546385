package io.peft4j.backbones.weights;

import io.peft4j.backbones.checkpoint.Checkpoint;
import io.peft4j.backbones.checkpoint.Listed;
import io.peft4j.backbones.checkpoint.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tensors of a checkpoint, read one at a time, checked against what the backbone asks for. */
final class CheckpointWeights implements WeightSource {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointWeights.class);

  /** What was said already: a comparison builds the same backbone many times. */
  private static final Set<String> TOLD = ConcurrentHashMap.newKeySet();

  /** Seed of the start values of parameters that may be missing. */
  private static final long SEED = 0;

  private final Checkpoint checkpoint;
  private final LoadOptions options;
  private final WeightSource start = new RandomWeights(SEED);
  private volatile @Nullable Binding binding;
  private volatile @Nullable Binding using;

  CheckpointWeights(Checkpoint checkpoint, LoadOptions options) {
    this.checkpoint = checkpoint;
    this.options = options;
  }

  @Override
  public void check(WeightSpec spec) {
    binding = Binding.of(checkpoint, spec, options);
  }

  @Override
  public Optional<Double> normEpsilon() {
    return checkpoint.config().flatMap(ModelConfig::normEpsilon);
  }

  @Override
  public Optional<INDArray> array(WeightSpec.Tensor tensor, DataType type) {
    Binding bound = binding;
    String path = tensor.param().path();
    if (bound == null || !(bound.missing().contains(path) || bound.entries().containsKey(path))) {
      throw new IllegalStateException(
          checkpoint.origin() + ": no tensor '" + path + "' known; check() was not called");
    }
    if (using != bound) {
      using = bound;
      tell(bound);
    }
    if (bound.missing().contains(path)) {
      return start.array(tensor, type);
    }
    List<INDArray> parts = new ArrayList<>();
    for (String entry : bound.entries().get(path)) {
      parts.add(checkpoint.read(entry).castTo(type));
    }
    INDArray whole =
        parts.size() == 1 ? parts.get(0) : Nd4j.concat(0, parts.toArray(new INDArray[0]));
    return Optional.of(
        bound.resized().contains(path) ? PositionTable.resized(whole, tensor) : whole);
  }

  /** Says, when the weights are first used, what was decided about them. */
  private void tell(Binding bound) {
    // Of arrays in memory nobody asks where their names come from.
    if (!checkpoint.files().isEmpty()) {
      tell("names of " + bound.naming());
      checkpoint.remarks().forEach(this::tell);
      checkpoint.config().ifPresent(config -> tell(config, bound.facts()));
    }
    tell("resized bicubically to this window or grid", bound.resized());
    tell("missing, as allowed, so with start values", bound.missing());
    if (!bound.unused().isEmpty()) {
      LOG.debug("{}: not used: {}", checkpoint.origin(), String.join(", ", bound.unused()));
    }
  }

  private void tell(ModelConfig config, Map<String, Object> facts) {
    String file = config.file().getFileName().toString();
    config
        .normEpsilon()
        .ifPresent(eps -> tell("norms with the epsilon %s of %s".formatted(eps, file)));
    List<String> unused = Facts.unused(config, facts);
    if (!unused.isEmpty()) {
      tell("not used in %s: %s".formatted(file, Listed.some(unused)));
    }
  }

  private void tell(String what, Set<String> names) {
    if (!names.isEmpty()) {
      tell(what + ": " + Listed.some(names));
    }
  }

  private void tell(String what) {
    String line = checkpoint.origin() + ": " + what;
    if (TOLD.add(line)) {
      LOG.info(line);
    }
  }
}
