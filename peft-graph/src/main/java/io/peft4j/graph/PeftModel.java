package io.peft4j.graph;

import com.google.common.collect.Maps;
import com.google.common.collect.Sets;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.api.accounting.MacReport;
import io.peft4j.api.accounting.ParameterReport;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.backbone.ImageInput;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.account.Accountant;
import io.peft4j.graph.emitted.Owner;
import io.peft4j.graph.emitted.TargetGraph;
import io.peft4j.graph.emitted.Trainable;
import io.peft4j.graph.exec.Feeds;
import io.peft4j.graph.exec.NoiseFeed;
import io.peft4j.graph.merge.MergeException;
import io.peft4j.graph.merge.Merger;
import io.peft4j.graph.plan.Activations;
import io.peft4j.graph.rewrite.BaseValues;
import io.peft4j.graph.rewrite.Emission;
import io.peft4j.graph.rewrite.Rewriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A backbone adapted to tasks by one method.
 *
 * <p>The graph holds frozen parameters (sharing the backbone's arrays) and trainable ones (its
 * own). Decoders and losses may be added to {@link #target()}.
 *
 * <p>Not safe for use by several threads; any number may predict by {@link #predictor} while nobody
 * changes parameters or adds to the graph.
 */
public final class PeftModel implements AutoCloseable {
  private final Backbone backbone;
  private final String methodId;
  private final Record config;
  private final List<Task> tasks;
  private final Rewrite rewrite;
  private final Emission emission;
  private @Nullable Predictor ownPredictor;

  private PeftModel(
      Backbone backbone,
      String methodId,
      Record config,
      List<Task> tasks,
      Rewrite rewrite,
      Emission emission) {
    this.backbone = backbone;
    this.methodId = methodId;
    this.config = config;
    this.tasks = List.copyOf(tasks);
    this.rewrite = rewrite;
    this.emission = emission;
  }

  static PeftModel adapt(
      Backbone backbone, PeftMethod method, Record config, List<Task> tasks, long seed) {
    return adapt(backbone, method, config, tasks, seed, backbone.hasWeights());
  }

  /** A model with arrays of its own, or one that is only counted. */
  static PeftModel adapt(
      Backbone backbone,
      PeftMethod method,
      Record config,
      List<Task> tasks,
      long seed,
      boolean materialised) {
    Rewrite rewrite = method.bind(config, backbone, List.copyOf(tasks));
    TargetGraph target =
        new TargetGraph(backbone.dataType(), materialised, seed, n -> Optional.empty());
    Emission emission = new Rewriter(backbone, rewrite, BaseValues.PRETRAINED, target).emit(tasks);
    return new PeftModel(backbone, method.id(), config, tasks, rewrite, emission);
  }

  /** The frozen backbone. */
  public Backbone backbone() {
    return backbone;
  }

  /** Id of the method. */
  public String methodId() {
    return methodId;
  }

  /** Configuration of the method. */
  public Record config() {
    return config;
  }

  /** The tasks. */
  public List<Task> tasks() {
    return tasks;
  }

  /** What the plugin bound. */
  public Rewrite rewrite() {
    return rewrite;
  }

  /** What was emitted. */
  public Emission emission() {
    return emission;
  }

  /** The graph, to which decoders and losses may be added. */
  public TargetGraph target() {
    return emission.target();
  }

  /**
   * Features of a task, finest first, named as in the graph.
   *
   * @throws InputException if the model has no such task
   */
  public List<Feature> features(String task) {
    List<Feature> features = emission.features().get(task);
    if (features == null) {
      throw new InputException(
          "no task '%s'%s".formatted(task, NearestName.hint(task, emission.features().keySet())));
    }
    return features;
  }

  /**
   * Features of all tasks for images {@code [batch, channels, height, width]}, evaluated without
   * noise; per task one {@code [batch, height·width, channels]} array a stage, finest first.
   *
   * <p>The compiled plan is kept for further calls, one for each of the last few batch sizes, until
   * the model is closed. Several threads may call; they take turns, and {@link #predictor} computes
   * for several at once.
   *
   * @throws InputException if the images are not the backbone's in shape and type
   */
  public Map<String, List<INDArray>> features(INDArray images) {
    requireWeights();
    requireImages(images);
    Map<String, INDArray> inputs = new HashMap<>(noiseOff(images.size(0)));
    inputs.put(backbone.image().name(), images);
    Map<String, List<String>> names = allFeatures();
    Set<String> wanted = new LinkedHashSet<>();
    names.values().forEach(wanted::addAll);
    Map<String, INDArray> values = computed().outputs(inputs, wanted);
    Map<String, List<INDArray>> features = new LinkedHashMap<>();
    names.forEach((task, list) -> features.put(task, list.stream().map(values::get).toList()));
    return features;
  }

  /**
   * What the training step keeps under a policy; checkpoints are the outputs of the backbone's
   * blocks, in every stream.
   *
   * @throws InputException if checkpoints are asked for and the backbone has no blocks
   */
  public Activations activations(Activations.Policy policy) {
    if (policy != Activations.Policy.CHECKPOINT) {
      return new Activations(policy, Set.of());
    }
    Set<String> checkpoints =
        backbone.sites().stream()
            .filter(s -> s.place().role().equals(Role.BLOCK_OUT))
            .flatMap(s -> emission.values().get(s.output()).stream())
            .collect(Collectors.toSet());
    if (checkpoints.isEmpty()) {
      throw new InputException(
          "%s has no block outputs to keep as checkpoints; choose keep or cheap"
              .formatted(backbone.id()));
    }
    return Activations.checkpointed(checkpoints);
  }

  /**
   * Refuses what are no images for this model, before anything is computed.
   *
   * @throws InputException showing the shape that is wanted
   */
  public void requireImages(INDArray images) {
    requireImages("images", images);
  }

  /** As {@link #requireImages(INDArray)}, with what the message calls them. */
  public void requireImages(String what, INDArray images) {
    ImageInput image = backbone.image();
    Feeds.require(
        what, images, backbone.dataType(), -1, image.channels(), image.height(), image.width());
  }

  /**
   * Features for any number of threads at once.
   *
   * @param most how many threads may compute at the same time; each takes an arena of its own
   */
  public Predictor predictor(int most) {
    requireWeights();
    return new Predictor(target().graph(), most);
  }

  /** Ones for every noise placeholder. */
  public Map<String, INDArray> noiseOff(long batch) {
    return NoiseFeed.ones(target().noises().values(), target().dataType(), batch);
  }

  /** Trainable arrays of backbone, adapter and decoders by name; in place is in the model. */
  public Map<String, INDArray> arrays() {
    return target().arrays();
  }

  /**
   * Trainable arrays, buffers, and what the method remembers between steps, by name: with it a
   * training goes on as if it had not been interrupted.
   */
  public Map<String, INDArray> state() {
    Map<String, INDArray> state = new TreeMap<>(target().arrays());
    state.putAll(target().buffers());
    state.putAll(target().memories());
    return state;
  }

  /**
   * Sets all trainables and buffers; nothing is changed unless everything fits. A state without any
   * of what the method remembers between steps, as that of an adapter, has it start anew.
   *
   * @throws InputException listing missing and unexpected names and wrong shapes
   */
  public void load(Map<String, INDArray> state) {
    Set<String> memories = target().memories().keySet();
    boolean anew = Collections.disjoint(memories, state.keySet());
    Map<String, INDArray> own = state();
    if (anew) {
      own.keySet().removeAll(memories);
    }
    List<String> problems = new ArrayList<>();
    Sets.difference(own.keySet(), state.keySet()).forEach(n -> problems.add("missing " + n));
    Sets.difference(state.keySet(), own.keySet()).forEach(n -> problems.add("unexpected " + n));
    for (String name : Sets.intersection(own.keySet(), state.keySet())) {
      if (!Arrays.equals(own.get(name).shape(), state.get(name).shape())) {
        problems.add(
            "%s has shape %s, not %s"
                .formatted(
                    name,
                    Arrays.toString(state.get(name).shape()),
                    Arrays.toString(own.get(name).shape())));
      }
    }
    if (!problems.isEmpty()) {
      throw new InputException(
          "the saved state does not fit %s on %s: %s"
              .formatted(methodId, backbone.id(), String.join("; ", problems)));
    }
    own.forEach((name, array) -> array.assign(state.get(name)));
    if (anew) {
      target().memories().values().forEach(array -> array.assign(0));
    }
  }

  /** Parameters of the adapted backbone; decoders that were added to the graph are counted. */
  public ParameterReport parameters() {
    return parameters(allFeatures());
  }

  /**
   * Parameters of the model.
   *
   * @param outputs per task the variables that its loss reads
   */
  public ParameterReport parameters(Map<String, ? extends Collection<String>> outputs) {
    return accountant().parameters(outputs);
  }

  /** Multiply-accumulates of one image, all tasks, decoders in the graph included. */
  public MacReport macs() {
    return accountant().macs();
  }

  /** One line as HF peft prints it. */
  public String trainableSummary() {
    ParameterReport p = parameters();
    return String.format(
        Locale.ROOT,
        "trainable params: %,d || all params: %,d || trainable%%: %.4f",
        p.trainable(),
        p.total(),
        100.0 * p.trainable() / p.total());
  }

  /**
   * The same features from frozen weights alone: adapters are folded into the layers they adapt.
   * Decoders are not part of the result.
   *
   * @throws MergeException naming the sites that cannot be merged, and why
   */
  public PeftModel merge() {
    requireWeights();
    Merger.MergedForm merged = Merger.merge(methodId, backbone, rewrite, emission);
    TargetGraph target = new TargetGraph(backbone.dataType(), true, 0, n -> Optional.empty());
    Emission plain = new Rewriter(backbone, merged.rewrite(), merged.values(), target).emit(tasks);
    return new PeftModel(backbone, methodId, config, tasks, merged.rewrite(), plain);
  }

  /**
   * The same features by a method that stores the weights which this one generates: hypernetworks
   * are frozen into plain adapters of each task, whose saved state needs no hypernetwork. Decoders
   * are not part of the result.
   *
   * @throws InputException if the method generates no weights
   */
  public PeftModel plain() {
    requireWeights();
    return Freezing.plain(this);
  }

  /**
   * Tells the method how long the training is; to be called before its first step, also where it is
   * resumed.
   *
   * @param steps optimizer steps of the whole training
   */
  public void beforeTraining(long steps) {
    if (steps < 1) {
      throw new IllegalArgumentException("steps %d must be positive".formatted(steps));
    }
    rewrite.beforeTraining(steps);
  }

  /**
   * Lets the method change its own parameters after an optimizer step.
   *
   * @param step number of the step, counted from 1
   * @param gradients what the step was taken with, by name; methods that read none take an empty
   *     map
   */
  public void afterStep(long step, Map<String, INDArray> gradients) {
    Map<String, INDArray> own = new LinkedHashMap<>();
    for (Trainable t : target().trainables()) {
      if (t.owner() == Owner.ADAPTER) {
        own.put(t.name(), arrays().get(t.name()));
      }
    }
    rewrite.afterStep(
        new OwnArrays(Collections.unmodifiableMap(own), target().memories(), gradients), step);
  }

  /** The predictor of {@link #features(INDArray)}; made anew after the model was closed. */
  synchronized Predictor computed() {
    if (ownPredictor == null) {
      ownPredictor = new Predictor(target().graph(), 1);
    }
    return ownPredictor;
  }

  /**
   * Releases the buffers and plans of {@link #features(INDArray)}; the model may still be used, and
   * takes new ones then.
   */
  @Override
  public synchronized void close() {
    if (ownPredictor != null) {
      ownPredictor.close();
      ownPredictor = null;
    }
  }

  private void requireWeights() {
    if (!target().materialised()) {
      throw new InputException(
          "%s was built for counting only and has no weights; build it with weights"
              .formatted(backbone.id()));
    }
  }

  private Map<String, List<String>> allFeatures() {
    return Maps.transformValues(emission.features(), f -> f.stream().map(Feature::name).toList());
  }

  private Accountant accountant() {
    return new Accountant(backbone, rewrite, emission);
  }
}
