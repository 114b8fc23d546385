package io.peft4j.backbones.weights;

import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.api.Shape;
import io.peft4j.api.backbone.Param;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Arrays by name, checked against what the backbone asks for. */
final class NamedWeights implements WeightSource {
  private static final Logger LOG = LoggerFactory.getLogger(NamedWeights.class);

  /** Names listed per kind of mistake; a wrong checkpoint can have hundreds. */
  private static final int LISTED = 8;

  private final String origin;
  private final Map<String, INDArray> arrays;

  NamedWeights(String origin, Map<String, INDArray> arrays) {
    this.origin = origin;
    this.arrays = ImmutableMap.copyOf(arrays);
  }

  @Override
  public void check(WeightSpec spec) {
    Map<String, WeightSpec.Tensor> wanted = spec.byPath();
    List<String> missing = new ArrayList<>();
    List<String> misshapen = new ArrayList<>();
    wanted.forEach(
        (path, tensor) -> {
          INDArray array = arrays.get(path);
          Shape shape = tensor.param().shape();
          if (array == null) {
            missing.add(path);
          } else if (!hasShape(array, shape) && !isResizable(tensor, array)) {
            misshapen.add(
                "%s is %s, needed %s".formatted(path, Arrays.toString(array.shape()), shape));
          }
        });
    List<String> others =
        arrays.keySet().stream()
            .filter(name -> !wanted.containsKey(name) && !spec.isBuffer(name))
            .toList();
    List<String> unexpected = others.stream().filter(n -> !spec.spare().contains(n)).toList();
    List<String> mistakes = new ArrayList<>();
    describe("missing", missing, mistakes);
    describe("unexpected", unexpected, mistakes);
    describe("wrong shape", misshapen, mistakes);
    if (!mistakes.isEmpty()) {
      throw new InputException(
          "%s: no weights for %s: %s; use a file of this architecture with the names of its public checkpoints"
              .formatted(origin, spec.backbone(), String.join("; ", mistakes)));
    }
    if (!others.isEmpty()) {
      LOG.info("{}: {} has no use for {}", origin, spec.backbone(), String.join(", ", others));
    }
  }

  private static void describe(String kind, List<String> names, List<String> mistakes) {
    if (!names.isEmpty()) {
      String more = names.size() > LISTED ? " and %d more".formatted(names.size() - LISTED) : "";
      String listed = String.join(", ", names.subList(0, Math.min(LISTED, names.size())));
      mistakes.add("%s: %s%s".formatted(kind, listed, more));
    }
  }

  @Override
  public Optional<INDArray> array(WeightSpec.Tensor tensor, DataType type) {
    INDArray array = arrays.get(tensor.param().path());
    if (array == null) {
      throw new IllegalStateException(
          origin + ": no tensor '" + tensor.param().path() + "'; check() was not called");
    }
    Shape shape = tensor.param().shape();
    return Optional.of((hasShape(array, shape) ? array : resized(tensor, array)).castTo(type));
  }

  private static boolean hasShape(INDArray array, Shape shape) {
    return Arrays.equals(array.shape(), shape.toArray());
  }

  private static boolean isResizable(WeightSpec.Tensor tensor, INDArray array) {
    return tensor.param().kind() == Param.Kind.POSITION_BIAS
        && BiasTable.fits(array, tensor.param().shape());
  }

  private INDArray resized(WeightSpec.Tensor tensor, INDArray array) {
    Param param = tensor.param();
    String from = Arrays.toString(array.shape());
    LOG.info("{}: {} resized from {} to {}", origin, param.path(), from, param.shape());
    return BiasTable.resized(array, param.shape());
  }
}
