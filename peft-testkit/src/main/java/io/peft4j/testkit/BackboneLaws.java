package io.peft4j.testkit;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.backbone.ImageInput;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Site;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.GraphExecutors;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.Predictor;
import io.peft4j.graph.account.Ancestry;
import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.exec.NoiseFeed;
import io.peft4j.graph.exec.SessionExecutor;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Laws about a backbone alone: its tables fit its graph, and rewriting nothing changes nothing. */
final class BackboneLaws {
  static final ImmutableList<Law<BackboneUnderTest>> ALL =
      ImmutableList.of(
          new Law<>("places what every parameter computes", BackboneLaws::placesOfParams),
          new Law<>("places every site and feature", BackboneLaws::placesOfSites),
          new Law<>("reaches every parameter from its features", BackboneLaws::reachable),
          new Law<>("is unchanged to the bit by an identity rewrite", BackboneLaws::identity),
          new Law<>("is the same when built for counting", BackboneLaws::counting),
          new Law<>("refuses images of another shape or type", BackboneLaws::images));

  private BackboneLaws() {}

  /** Features of the plain graph, by name. */
  static Map<String, List<INDArray>> plainFeatures(Backbone backbone, INDArray images) {
    Map<String, INDArray> inputs =
        new HashMap<>(
            NoiseFeed.ones(backbone.noises().values(), backbone.dataType(), images.size(0)));
    inputs.put(backbone.image().name(), images);
    List<String> names = backbone.features().stream().map(Feature::name).toList();
    try (GraphExecutor executor = GraphExecutors.forInference(backbone.graph())) {
      Map<String, INDArray> values = executor.outputs(inputs, names);
      return Map.of("plain", names.stream().map(n -> values.get(n).dup()).toList());
    }
  }

  /**
   * A value without a place follows its consumer. If the first placed values that a parameter
   * enters are not at the parameter's own place, a task's stream leaks past it into what lies
   * before.
   */
  private static void placesOfParams(BackboneUnderTest under) {
    Backbone backbone = under.build(DataType.FLOAT);
    for (Param param : backbone.params()) {
      for (String first : firstPlaced(backbone, param.path())) {
        Place place = backbone.places().get(first);
        Failure.unless(
            place.equals(param.place()),
            "parameter %s at %s first enters the placed value '%s' at %s"
                .formatted(param.path(), param.place(), first, place),
            "place the output of the layer that uses the parameter (Builder.place), with the"
                + " parameter's stage, block and role");
      }
    }
  }

  /** The placed variables that are reached from a variable through unplaced ones. */
  private static Set<String> firstPlaced(Backbone backbone, String from) {
    Set<String> placed = new HashSet<>();
    Set<String> seen = new HashSet<>(Set.of(from));
    Deque<String> open = new ArrayDeque<>(seen);
    SameDiff graph = backbone.graph();
    while (!open.isEmpty()) {
      List<String> consumers = graph.getVariables().get(open.pop()).getInputsForOp();
      for (String op : consumers == null ? List.<String>of() : consumers) {
        for (String output : graph.getOps().get(op).getOutputsOfOp()) {
          if (backbone.places().containsKey(output)) {
            placed.add(output);
          } else if (seen.add(output)) {
            open.push(output);
          }
        }
      }
    }
    return placed;
  }

  private static void placesOfSites(BackboneUnderTest under) {
    Backbone backbone = under.build(DataType.FLOAT);
    for (Site site : backbone.sites()) {
      Failure.unless(
          backbone.places().containsKey(site.output()),
          "the output '%s' of site %s has no place".formatted(site.output(), site.path()),
          "add the site by Builder.site, which places it");
    }
    for (Feature feature : Iterables.concat(backbone.features(), backbone.unmergedFeatures())) {
      Failure.unless(
          Objects.equals(backbone.places().get(feature.name()), feature.place()),
          "feature '%s' is not at its place".formatted(feature.name()),
          "add the feature by Builder.feature, and do not place it otherwise");
    }
  }

  private static void reachable(BackboneUnderTest under) {
    Backbone backbone = under.build(DataType.FLOAT);
    for (Backbone b : List.of(backbone, backbone.withUnmergedFeatures())) {
      List<String> features = b.features().stream().map(Feature::name).toList();
      Set<String> reached = Ancestry.of(b.graph(), features);
      List<String> lost =
          b.params().stream().map(Param::path).filter(p -> !reached.contains(p)).toList();
      Failure.unless(
          lost.isEmpty(),
          "none of the features %s depends on %s".formatted(features, lost),
          "declare only parameters that the features use");
    }
  }

  private static void identity(BackboneUnderTest under) {
    Backbone backbone = under.build(DataType.FLOAT);
    PeftModel model = Peft.frozen(backbone, List.of(new Task("any", 1)));
    INDArray images = Values.images(backbone, 2);
    Map<String, String> plain = Values.ofFeatures(plainFeatures(backbone, images));
    Map<String, String> rewritten =
        Values.ofFeatures(Map.of("plain", model.features(images).get("any")));
    List<String> differing = Values.differing(plain, rewritten);
    Failure.unless(
        differing.isEmpty(),
        "an identity rewrite changes " + differing,
        "use only audited operations, and no operation whose attributes do not survive copying");
    for (Param param : backbone.params()) {
      Failure.unless(
          sharesBuffer(backbone.graph(), model.target().graph(), param.path()),
          "the frozen parameter %s was copied".formatted(param.path()),
          "store parameters as constants of whole arrays, not of views");
    }
  }

  /** True if a variable of both graphs is one buffer in memory. */
  static boolean sharesBuffer(SameDiff a, SameDiff b, String name) {
    return a.getVariable(name).getArr().data().address()
        == b.getVariable(name).getArr().data().address();
  }

  /** At each door; as many numbers in another order are the worst, for they would be computed. */
  private static void images(BackboneUnderTest under) {
    Backbone backbone = under.build(DataType.FLOAT);
    PeftModel model = Peft.frozen(backbone, List.of(new Task("any", 1)));
    String feature = model.features("any").get(0).name();
    ImageInput in = backbone.image();
    long c = in.channels();
    long h = in.height();
    long w = in.width();
    try (Predictor predictor = model.predictor(1);
        GraphExecutor plan = GraphExecutors.forInference(model.target().graph());
        GraphExecutor session = SessionExecutor.forInference(model.target().graph())) {
      for (INDArray wrong :
          List.of(
              Nd4j.ones(DataType.FLOAT, 2, h, w, c),
              Nd4j.ones(DataType.FLOAT, c, h, w),
              Nd4j.ones(DataType.FLOAT, 2, c, h / 2, 2 * w),
              Nd4j.ones(DataType.FLOAT, 2, c, h + 1, w),
              Nd4j.ones(DataType.FLOAT, 2, c + 1, h, w),
              Nd4j.create(DataType.FLOAT, 0, c, h, w),
              Nd4j.ones(DataType.UINT8, 2, c, h, w))) {
        Map<String, INDArray> inputs = new HashMap<>(model.noiseOff(2));
        inputs.put(in.name(), wrong);
        requireRefused(wrong, () -> model.features(wrong));
        requireRefused(wrong, () -> predictor.outputs(inputs, List.of(feature)));
        requireRefused(wrong, () -> plan.outputs(inputs, List.of(feature)));
        requireRefused(wrong, () -> session.outputs(inputs, List.of(feature)));
      }
    }
  }

  private static void requireRefused(INDArray wrong, Runnable use) {
    String given = "%s %s".formatted(wrong.dataType(), Arrays.toString(wrong.shape()));
    try {
      use.run();
    } catch (InputException e) {
      Failure.unless(
          e.getMessage().contains(given),
          "images %s are refused without their shape: %s".formatted(given, e.getMessage()),
          "report this to the library");
      return;
    }
    throw Failure.of(
        "images %s are taken".formatted(given),
        "declare the image placeholder with its type and shape, -1 for the batch alone");
  }

  private static void counting(BackboneUnderTest under) {
    Backbone full = under.build(DataType.FLOAT);
    Backbone counted = under.buildForCounting();
    Failure.unless(
        full.hasWeights() && !counted.hasWeights(),
        "hasWeights() is %s with arrays and %s for counting"
            .formatted(full.hasWeights(), counted.hasWeights()),
        "call Builder.withoutWeights() exactly where parameters are placeholders");
    Failure.unless(
        full.sites().equals(counted.sites())
            && full.params().equals(counted.params())
            && full.features().equals(counted.features())
            && full.unmergedFeatures().equals(counted.unmergedFeatures())
            && new LinkedHashMap<>(full.places()).equals(new LinkedHashMap<>(counted.places())),
        "the tables differ when the backbone is built for counting",
        "let names and tables not depend on the arrays");
  }
}
