package io.peft4j.graph.emitted;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.hash.Hashing;
import io.peft4j.api.Shape;
import io.peft4j.api.backbone.Cost;
import io.peft4j.api.backbone.NoiseInput;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Ops;
import io.peft4j.graph.ops.AuditedOps;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.Supplier;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A SameDiff graph under construction, with the tables of what it holds.
 *
 * <p>All leaves are get-or-create by name. A graph that is only counted holds placeholders in place
 * of parameters, and no arrays.
 */
public final class TargetGraph {
  private final SameDiff graph = SameDiff.create();
  private final Ops ops = new AuditedOps(graph);
  private final DataType dataType;
  private final boolean materialised;
  private final long seed;
  private final Function<String, Optional<INDArray>> values;
  private final Map<String, Trainable> trainables = new LinkedHashMap<>();
  private final Map<String, INDArray> arrays = new LinkedHashMap<>();
  private final Map<String, INDArray> buffers = new LinkedHashMap<>();
  private final Map<String, NoiseInput> noises = new LinkedHashMap<>();
  private final List<Cost> costs = new ArrayList<>();

  /**
   * An empty graph.
   *
   * @param dataType type of parameters and activations
   * @param materialised false if the graph is only counted
   * @param seed seed of all initial values; each parameter draws from a generator of its own
   * @param values arrays to be used, by name, instead of initial values; not copied
   */
  public TargetGraph(
      DataType dataType,
      boolean materialised,
      long seed,
      Function<String, Optional<INDArray>> values) {
    this.dataType = dataType;
    this.materialised = materialised;
    this.seed = seed;
    this.values = values;
  }

  /** The graph. */
  public SameDiff graph() {
    return graph;
  }

  /** Audited operations on the graph. */
  public Ops ops() {
    return ops;
  }

  /** Type of parameters and activations. */
  public DataType dataType() {
    return dataType;
  }

  /** False if the graph is only counted and holds no parameter arrays. */
  public boolean materialised() {
    return materialised;
  }

  /** A trainable parameter, started by {@code init}. */
  public SDVariable trainable(Trainable trainable, Init init) {
    if (trainables.containsKey(trainable.name())) {
      return existing(trainable);
    }
    SDVariable variable;
    if (materialised) {
      INDArray start =
          values
              .apply(trainable.name())
              .orElseGet(
                  () ->
                      init.create(
                          generator(trainable.name()), dataType, trainable.shape().toArray()));
      requireShape(trainable, start);
      variable = graph.var(trainable.name(), start);
      // SameDiff copies views; only its own array is the model's.
      arrays.put(trainable.name(), variable.getArr());
    } else {
      variable = leafWithoutArray(trainable.name(), trainable.shape());
    }
    trainables.put(trainable.name(), trainable);
    return variable;
  }

  /** A decoder parameter, shorthand of {@link #trainable}. */
  public SDVariable decoderParam(String name, Init init, long... shape) {
    return trainable(
        new Trainable(
            name,
            Shape.of(shape),
            Owner.DECODER,
            io.peft4j.api.routing.Stream.SHARED,
            Optional.empty()),
        init);
  }

  /**
   * A state that is saved but not trained by gradients, such as running statistics. Its array is
   * changed in place between steps.
   */
  public SDVariable buffer(String name, Init init, long... shape) {
    if (graph.hasVariable(name)) {
      return graph.getVariable(name);
    }
    if (!materialised) {
      return leafWithoutArray(name, Shape.of(shape));
    }
    INDArray start =
        values.apply(name).orElseGet(() -> init.create(generator(name), dataType, shape));
    SDVariable variable = graph.constant(name, start);
    buffers.put(name, variable.getArr());
    return variable;
  }

  /** A constant, sharing the caller's array. */
  public SDVariable constant(String name, Supplier<INDArray> value, Shape shape) {
    if (graph.hasVariable(name)) {
      return graph.getVariable(name);
    }
    return materialised ? graph.constant(name, value.get()) : leafWithoutArray(name, shape);
  }

  /** A placeholder; {@code -1} marks the batch. */
  public SDVariable placeholder(String name, DataType type, long... shape) {
    return graph.hasVariable(name) ? graph.getVariable(name) : graph.placeHolder(name, type, shape);
  }

  /** A noise placeholder. */
  public SDVariable noise(NoiseInput noise) {
    noises.putIfAbsent(noise.name(), noise);
    long[] rest = noise.rest().toArray();
    long[] shape = new long[rest.length + 1];
    shape[0] = -1;
    System.arraycopy(rest, 0, shape, 1, rest.length);
    return placeholder(noise.name(), dataType, shape);
  }

  /** Notes what computing a variable costs per image. */
  public void cost(Cost cost) {
    costs.add(cost);
  }

  /** Trainables in the order in which they were made. */
  public List<Trainable> trainables() {
    return ImmutableList.copyOf(trainables.values());
  }

  /** Arrays of the trainables, by name; a change in place is a change of the model. */
  public Map<String, INDArray> arrays() {
    return ImmutableMap.copyOf(arrays);
  }

  /** Arrays of the buffers, by name. */
  public Map<String, INDArray> buffers() {
    return ImmutableMap.copyOf(buffers);
  }

  /** Noise placeholders, by name. */
  public Map<String, NoiseInput> noises() {
    return ImmutableMap.copyOf(noises);
  }

  /** Costs noted so far. */
  public List<Cost> costs() {
    return ImmutableList.copyOf(costs);
  }

  private SDVariable existing(Trainable trainable) {
    Trainable before = trainables.get(trainable.name());
    if (!trainable.shape().equals(before.shape())) {
      throw new IllegalStateException(
          "parameter %s is asked for with shape %s, but exists with %s"
              .formatted(trainable.name(), trainable.shape(), before.shape()));
    }
    return graph.getVariable(trainable.name());
  }

  /** Placeholders are the only leaves that SameDiff lets stand without an array. */
  private SDVariable leafWithoutArray(String name, Shape shape) {
    return graph.placeHolder(name, dataType, shape.toArray());
  }

  private static void requireShape(Trainable trainable, INDArray start) {
    if (!Arrays.equals(start.shape(), trainable.shape().toArray())) {
      throw new IllegalStateException(
          "parameter %s: declared with shape %s, but its start value has %s"
              .formatted(trainable.name(), trainable.shape(), Arrays.toString(start.shape())));
    }
  }

  private SplittableRandom generator(String name) {
    return new SplittableRandom(
        Hashing.murmur3_128().newHasher().putLong(seed).putUnencodedChars(name).hash().asLong());
  }
}
