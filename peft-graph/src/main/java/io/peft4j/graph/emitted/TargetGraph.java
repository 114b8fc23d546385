package io.peft4j.graph.emitted;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.hash.Hashing;
import io.peft4j.api.Shape;
import io.peft4j.api.backbone.Cost;
import io.peft4j.api.backbone.NoiseInput;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Precision;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Ops;
import io.peft4j.api.routing.Stream;
import io.peft4j.graph.ops.AuditedOps;
import io.peft4j.graph.ops.NewGraph;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
  private final SameDiff graph = NewGraph.create();
  private final Ops ops = new AuditedOps(graph);
  private final DataType dataType;
  private final boolean materialised;
  private final long seed;
  private final Function<String, Optional<INDArray>> values;
  private final Map<String, Leaf> leaves = new HashMap<>();
  private final Map<String, Trainable> trainables = new LinkedHashMap<>();
  private final Map<String, INDArray> arrays = new LinkedHashMap<>();
  private final Map<String, INDArray> buffers = new LinkedHashMap<>();
  private final Map<String, Stream> bufferStreams = new HashMap<>();
  private final Map<String, INDArray> memories = new LinkedHashMap<>();
  private final Map<String, NoiseInput> noises = new LinkedHashMap<>();
  private final List<Cost> costs = new ArrayList<>();
  private final Set<String> penalties = new LinkedHashSet<>();

  private enum Kind {
    TRAINABLE("a trainable"),
    BUFFER("a buffer"),
    MEMORY("a memory of the method"),
    CONSTANT("a constant"),
    PLACEHOLDER("a placeholder"),
    NOISE("a noise placeholder");

    private final String words;

    Kind(String words) {
      this.words = words;
    }
  }

  /** What a name was given to first. */
  private record Leaf(Kind kind, Shape shape) {
    @Override
    public String toString() {
      return kind.words + " of shape " + shape;
    }
  }

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
    this.dataType = Precision.require("a model", dataType);
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
    String name = trainable.name();
    if (isKnown(name, new Leaf(Kind.TRAINABLE, trainable.shape()))) {
      return graph.getVariable(name);
    }
    trainables.put(name, trainable);
    if (!materialised) {
      return leafWithoutArray(name, trainable.shape());
    }
    SDVariable variable = graph.var(name, start(name, init, trainable.shape()));
    // Only the graph's own array is the model's.
    arrays.put(name, variable.getArr());
    return variable;
  }

  /**
   * A decoder parameter, shorthand of {@link #trainable}.
   *
   * @param stream that of the task whose head it is a part of, or the shared one
   * @param kind what it is
   */
  public SDVariable decoderParam(
      String name, Stream stream, Param.Kind kind, Init init, long... shape) {
    return trainable(Trainable.added(name, Owner.DECODER, kind, stream, shape), init);
  }

  /** As {@link #decoderParam}, for all tasks and of the kind {@link Param.Kind#ofAdded}. */
  public SDVariable decoderParam(String name, Init init, long... shape) {
    return decoderParam(name, Stream.SHARED, Param.Kind.ofAdded(shape), init, shape);
  }

  /** As {@link #buffer(String, Stream, Init, long...)}, for all tasks. */
  public SDVariable buffer(String name, Init init, long... shape) {
    return buffer(name, Stream.SHARED, init, shape);
  }

  /**
   * A state that is saved but not trained by gradients, such as running statistics. Its array is
   * changed in place between steps.
   *
   * @param stream that of the task whose head it is a part of, or the shared one
   */
  public SDVariable buffer(String name, Stream stream, Init init, long... shape) {
    bufferStreams.putIfAbsent(name, stream);
    if (isKnown(name, new Leaf(Kind.BUFFER, Shape.of(shape)))) {
      return graph.getVariable(name);
    }
    if (!materialised) {
      return leafWithoutArray(name, Shape.of(shape));
    }
    SDVariable variable = graph.constant(name, start(name, init, Shape.of(shape)));
    buffers.put(name, variable.getArr());
    return variable;
  }

  /** Zeros that no operation reads: what a method remembers between steps. */
  public void memory(String name, Shape shape) {
    if (!isKnown(name, new Leaf(Kind.MEMORY, shape)) && materialised) {
      memories.put(name, start(name, Init.zeros(), shape));
    }
  }

  /** A constant, sharing the caller's array; without an array where the graph is only counted. */
  public SDVariable constant(String name, Supplier<INDArray> value, Shape shape) {
    if (isKnown(name, new Leaf(Kind.CONSTANT, shape))) {
      return graph.getVariable(name);
    }
    return materialised
        ? graph.constant(name, requireShape(name, shape, value.get()))
        : leafWithoutArray(name, shape);
  }

  /** A constant that a counted graph holds too, such as the widths of a padding. */
  public SDVariable constant(String name, INDArray value) {
    return isKnown(name, new Leaf(Kind.CONSTANT, Shape.of(value.shape())))
        ? graph.getVariable(name)
        // an operation of a plugin's may have made the backbone's constant first
        : ops.constant(name, value);
  }

  /** A placeholder; {@code -1} marks the batch. */
  public SDVariable placeholder(String name, DataType type, long... shape) {
    return placeholder(Kind.PLACEHOLDER, name, type, shape);
  }

  /** A noise placeholder. */
  public SDVariable noise(NoiseInput noise) {
    NoiseInput before = noises.putIfAbsent(noise.name(), noise);
    if (before != null && !before.equals(noise)) {
      throw new IllegalStateException("%s is asked for, but exists as %s".formatted(noise, before));
    }
    long[] rest = noise.rest().toArray();
    long[] shape = new long[rest.length + 1];
    shape[0] = -1;
    System.arraycopy(rest, 0, shape, 1, rest.length);
    return placeholder(Kind.NOISE, noise.name(), dataType, shape);
  }

  private SDVariable placeholder(Kind kind, String name, DataType type, long... shape) {
    // A free dimension is no part of a Shape; the rest tells two placeholders apart.
    Shape fixed = Shape.of(Arrays.stream(shape).map(d -> Math.max(d, 0)).toArray());
    return isKnown(name, new Leaf(kind, fixed))
        ? graph.getVariable(name)
        : graph.placeHolder(name, type, shape);
  }

  /** Notes what computing a variable costs per image. */
  public void cost(Cost cost) {
    costs.add(cost);
  }

  /**
   * Adds a scalar to what is minimised beside the losses of the tasks.
   *
   * @param name its name from now on; a second value of this name is left out
   */
  public void penalty(String name, SDVariable value) {
    if (penalties.add(name)) {
      named(name, value);
    }
  }

  /** Renames a computed value; the first value of a name keeps it, and others keep their own. */
  public SDVariable named(String name, SDVariable value) {
    return graph.hasVariable(name) ? value : value.rename(name);
  }

  /** Variables of the penalties, in the order in which they were added. */
  public List<String> penalties() {
    return ImmutableList.copyOf(penalties);
  }

  /** Trainables in the order in which they were made. */
  public List<Trainable> trainables() {
    return ImmutableList.copyOf(trainables.values());
  }

  /** True if a trainable has this name. */
  public boolean isTrainable(String name) {
    return trainables.containsKey(name);
  }

  /**
   * Arrays of the trainables, by name, those to come included; a change in place is a change of the
   * model.
   */
  public Map<String, INDArray> arrays() {
    return Collections.unmodifiableMap(arrays);
  }

  /** Arrays of the buffers, by name, those to come included. */
  public Map<String, INDArray> buffers() {
    return Collections.unmodifiableMap(buffers);
  }

  /**
   * The stream that each part of the heads serves alone, or the shared one: trainables of decoders
   * and buffers, by name.
   */
  public Map<String, Stream> headStreams() {
    Map<String, Stream> streams = new HashMap<>(bufferStreams);
    for (Trainable t : trainables.values()) {
      if (t.owner() == Owner.DECODER) {
        streams.put(t.name(), t.stream());
      }
    }
    return ImmutableMap.copyOf(streams);
  }

  /** What the method remembers between steps, by name; in place is in the model. */
  public Map<String, INDArray> memories() {
    return Collections.unmodifiableMap(memories);
  }

  /** Noise placeholders, by name. */
  public Map<String, NoiseInput> noises() {
    return ImmutableMap.copyOf(noises);
  }

  /** Costs noted so far. */
  public List<Cost> costs() {
    return ImmutableList.copyOf(costs);
  }

  /** True if the name was given to the like before; it cannot be given to something else. */
  private boolean isKnown(String name, Leaf leaf) {
    Leaf before = leaves.putIfAbsent(name, leaf);
    if (before != null && !before.equals(leaf)) {
      throw new IllegalStateException(
          "'%s' is asked for as %s, but exists as %s".formatted(name, leaf, before));
    }
    return before != null;
  }

  private INDArray start(String name, Init init, Shape shape) {
    INDArray start =
        values.apply(name).orElseGet(() -> init.create(generator(name), dataType, shape.toArray()));
    requireShape(name, shape, start);
    // Training changes the array in place, and must not change what it is a part of.
    return start.isView() ? start.dup('c') : start;
  }

  /** Placeholders are the only leaves that SameDiff lets stand without an array. */
  private SDVariable leafWithoutArray(String name, Shape shape) {
    return graph.placeHolder(name, dataType, shape.toArray());
  }

  private static INDArray requireShape(String name, Shape declared, INDArray array) {
    if (!Arrays.equals(array.shape(), declared.toArray())) {
      throw new IllegalStateException(
          "'%s' is declared with shape %s, but its array has %s"
              .formatted(name, declared, Arrays.toString(array.shape())));
    }
    return array;
  }

  private SplittableRandom generator(String name) {
    return new SplittableRandom(
        Hashing.murmur3_128().newHasher().putLong(seed).putUnencodedChars(name).hash().asLong());
  }
}
