package io.peft4j.graph.account;

import com.google.common.collect.Maps;
import io.peft4j.api.Shape;
import io.peft4j.api.accounting.MacReport;
import io.peft4j.api.accounting.ParameterReport;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Cost;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.backbone.NoiseInput;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.method.Rewrite;
import io.peft4j.graph.emitted.Owner;
import io.peft4j.graph.emitted.TargetGraph;
import io.peft4j.graph.emitted.Trainable;
import io.peft4j.graph.ops.ShapeInference;
import io.peft4j.graph.rewrite.Emission;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.nd4j.autodiff.samediff.SDVariable;

/** Reads parameter and MAC counts off an emitted graph. */
public final class Accountant {
  private final Backbone backbone;
  private final Rewrite rewrite;
  private final Emission emission;
  private final TargetGraph target;

  /** An accountant of what {@code rewrite} emitted for {@code backbone}. */
  public Accountant(Backbone backbone, Rewrite rewrite, Emission emission) {
    this.backbone = backbone;
    this.rewrite = rewrite;
    this.emission = emission;
    this.target = emission.target();
  }

  /**
   * Parameters of the model.
   *
   * @param outputs per task the variables that its loss reads: head outputs, or features
   */
  public ParameterReport parameters(Map<String, ? extends Collection<String>> outputs) {
    Map<String, Long> perTask = new LinkedHashMap<>();
    Set<String> reached = new HashSet<>();
    outputs.forEach(
        (task, variables) -> {
          Set<String> path = Ancestry.of(target.graph(), variables);
          perTask.put(task, sum(t -> path.contains(t.name())));
          reached.addAll(path);
        });
    long used = sum(t -> reached.contains(t.name()));
    long trainable = sum(t -> true) + rewrite.deadParameters();
    long decoders = sum(t -> t.owner() == Owner.DECODER);
    long adapter = sum(t -> t.owner() == Owner.ADAPTER);
    return new ParameterReport(
        frozen() + trainable,
        trainable,
        used,
        trainable - decoders,
        decoders,
        adapter + rewrite.deadParameters(),
        groups(),
        perTask,
        dead(reached));
  }

  /** What the method declares, and what leads to features alone that no output reads. */
  private Map<String, Long> dead(Set<String> reached) {
    Map<String, Long> dead =
        new LinkedHashMap<>(Maps.transformValues(rewrite.deadTensors(), Shape::size));
    target.trainables().stream()
        .filter(t -> t.owner() != Owner.DECODER && !reached.contains(t.name()))
        .forEach(t -> dead.put(t.name(), t.shape().size()));
    return dead;
  }

  /**
   * Multiply-accumulates of one forward pass over one image, all tasks.
   *
   * <p>By the convention each stream pays for what it computes, though streams that read the same
   * values have one copy in the graph (the first frozen products after task groups split); the full
   * count has the copies.
   */
  public MacReport macs() {
    long convention = 0;
    long full = 0;
    Map<String, Long> answers = new HashMap<>();
    for (Emission.AdaptedSite a : emission.adapted()) {
      answers.merge(a.site().output(), 1L, Long::sum);
    }
    for (Cost cost : backbone.costs().values()) {
      full += emission.copies().get(cost.variable()).size() * cost.macs();
      if (cost.kind() != Cost.Kind.ATTENTION_PRODUCT) {
        long streams = emission.streams().get(cost.variable()).size();
        // A plugin that rebuilds a layer still costs the layer by the papers' convention; what it
        // really costs is among its own products.
        convention +=
            (streams > 0 ? streams : answers.getOrDefault(cost.variable(), 0L)) * cost.macs();
      }
    }
    long decoders = target.costs().stream().mapToLong(Cost::macs).sum();
    return new MacReport(convention + decoders, full + decoders + pluginProducts());
  }

  private long pluginProducts() {
    if (emission.pluginOps().isEmpty()) {
      return 0;
    }
    // a penalty in the loss is no part of a forward pass
    Set<String> read =
        Ancestry.of(
            target.graph(),
            emission.features().values().stream()
                .flatMap(features -> features.stream().map(Feature::name))
                .toList());
    ShapeInference shapes = ShapeInference.of(target.graph(), leafShapes());
    return emission.pluginOps().stream()
        .map(op -> target.graph().getOps().get(op).getOutputsOfOp().get(0))
        .filter(read::contains)
        .mapToLong(shapes::macs)
        .sum();
  }

  /** Shapes of placeholders for one image. */
  private Map<String, long[]> leafShapes() {
    Map<String, long[]> shapes = new HashMap<>();
    for (SDVariable v : target.graph().variables()) {
      if (v.isPlaceHolder() && v.placeholderShape() != null) {
        long[] shape = v.placeholderShape().clone();
        if (shape.length > 0 && shape[0] < 0) {
          NoiseInput noise = target.noises().get(v.name());
          shape[0] = noise == null ? 1 : noise.rows();
        }
        shapes.put(v.name(), shape);
      }
    }
    return shapes;
  }

  /**
   * Numbers of the backbone that are not trained, each once. Those that a plugin reads through its
   * own factors, or that were merged into another weight, are not in the graph and count too.
   */
  private long frozen() {
    Set<String> trained = new HashSet<>();
    target.trainables().forEach(t -> t.base().map(Param::path).ifPresent(trained::add));
    return backbone.params().stream()
        .filter(p -> !trained.contains(p.path()) || isFrozenSomewhere(p))
        .mapToLong(p -> p.shape().size())
        .sum();
  }

  private boolean isFrozenSomewhere(Param param) {
    return target.graph().hasVariable(param.path()) && !target.isTrainable(param.path());
  }

  private long sum(Predicate<Trainable> which) {
    return target.trainables().stream().filter(which).mapToLong(t -> t.shape().size()).sum();
  }

  private Map<String, Long> groups() {
    Map<String, Long> groups = new LinkedHashMap<>();
    for (Trainable t : target.trainables()) {
      groups.merge(group(t), t.shape().size(), Long::sum);
    }
    if (rewrite.deadParameters() > 0) {
      groups.put("unreached", rewrite.deadParameters());
    }
    return groups;
  }

  private static String group(Trainable trainable) {
    return switch (trainable.owner()) {
      case ADAPTER -> "adapter";
      case DECODER -> "decoders";
      case BACKBONE -> group(trainable.base().orElseThrow());
    };
  }

  private static String group(Param param) {
    return switch (param.kind()) {
      case POSITION_BIAS -> "position_bias";
      case NORM_WEIGHT, NORM_BIAS -> "norms";
      case SCALE -> "scales";
      case WEIGHT, BIAS, LOW_RANK -> {
        if (param.place().isPatchEmbedding()) {
          yield "patch_embed";
        }
        if (param.place().role().equals(Role.DOWNSAMPLE_REDUCTION)) {
          yield "merging";
        }
        yield param.kind() == Param.Kind.BIAS ? "biases" : "linear_weights";
      }
    };
  }
}
