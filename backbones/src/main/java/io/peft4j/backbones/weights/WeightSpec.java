package io.peft4j.backbones.weights;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.method.Init;
import io.peft4j.backbones.names.NameMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a backbone asks of a set of weights.
 *
 * @param backbone name of the architecture, for messages
 * @param tensors every parameter, each once
 * @param buffers last components of names that checkpoints hold but that are computed here, such as
 *     {@code attn_mask}
 * @param spare names that checkpoints hold but this backbone has no use for, such as {@code
 *     head.weight} without a classifier
 * @param names names that checkpoints may have, the backbone's own first
 * @param facts what a configuration that lies beside weights must say, by its keys
 */
public record WeightSpec(
    String backbone,
    List<Tensor> tensors,
    Set<String> buffers,
    Set<String> spare,
    List<NameMap> names,
    Map<String, Object> facts) {
  /** Copies the collections. */
  public WeightSpec {
    tensors = ImmutableList.copyOf(tensors);
    buffers = ImmutableSet.copyOf(buffers);
    spare = ImmutableSet.copyOf(spare);
    names = ImmutableList.copyOf(names);
    facts = ImmutableMap.copyOf(facts);
  }

  /** A backbone whose own names are the only ones. */
  public WeightSpec(String backbone, List<Tensor> tensors, Set<String> buffers, Set<String> spare) {
    this(backbone, tensors, buffers, spare, List.of(NameMap.own("own", backbone)), Map.of());
  }

  /**
   * One parameter.
   *
   * @param param path, place, kind and shape
   * @param init how the architecture starts it when it is trained from nothing
   * @param grid what a table of positions is for, if it is one of a grid
   * @param ownRows rows of a table of relative positions of the architecture's window, which it may
   *     be resized from for images whose grid is smaller than a window; 0 where it may be resized
   *     from any other
   */
  public record Tensor(Param param, Init init, Optional<PositionGrid> grid, long ownRows) {
    /** A parameter that is no table, or one that may be resized from any other. */
    public Tensor(Param param, Init init, Optional<PositionGrid> grid) {
      this(param, init, grid, 0);
    }

    /** A parameter that is no table of a grid. */
    public Tensor(Param param, Init init) {
      this(param, init, Optional.empty());
    }
  }

  /** The parameters, in order. */
  public List<Param> params() {
    return tensors.stream().map(Tensor::param).toList();
  }

  /** How many numbers the parameters hold. */
  public long size() {
    return tensors.stream().mapToLong(t -> t.param().shape().size()).sum();
  }

  /** True if the last component of {@code name} is a buffer's. */
  boolean isBuffer(String name) {
    return buffers.contains(name.substring(name.lastIndexOf('.') + 1));
  }
}
