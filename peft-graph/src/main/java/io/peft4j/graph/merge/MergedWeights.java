package io.peft4j.graph.merge;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.emitted.TargetGraph;
import io.peft4j.graph.rewrite.BaseValues;
import io.peft4j.graph.rewrite.Emission;
import io.peft4j.graph.rewrite.Rewriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The plain weights that an adapted backbone amounts to for one task: with them in place of its
 * own, the backbone gives the task's features.
 *
 * <p>There are such weights where every layer and parameter that the task reads is the same in all
 * streams that it reads.
 */
public final class MergedWeights {
  private final Backbone backbone;
  private final Merger.MergedForm form;
  private final Emission alone;
  private final Set<Stream> streams = new LinkedHashSet<>();
  private final List<String> reasons = new ArrayList<>();

  private MergedWeights(Backbone backbone, Merger.MergedForm form, Task task) {
    this.backbone = backbone;
    this.form = form;
    TargetGraph target = new TargetGraph(backbone.dataType(), true, 0, n -> Optional.empty());
    this.alone = new Rewriter(backbone, form.rewrite(), form.values(), target).emit(List.of(task));
    streams.add(Stream.SHARED);
    streams.addAll(alone.streams().values());
    alone.adapted().forEach(a -> streams.add(a.stream()));
  }

  /**
   * Merges an adapted backbone for a task.
   *
   * @param method id of the method, for messages
   * @return an array for every parameter of the backbone, by path; those that nothing changed are
   *     the backbone's own
   * @throws MergeException naming every site and parameter that stands against it, and why
   */
  public static Map<String, INDArray> of(
      String method, Backbone backbone, Rewrite rewrite, Emission emission, Task task) {
    Merger.MergedForm form = Merger.merge(method, backbone, rewrite, emission);
    MergedWeights merged = new MergedWeights(backbone, form, task);
    Map<String, INDArray> weights = merged.weights();
    if (!merged.reasons.isEmpty()) {
      throw new MergeException(method, merged.reasons);
    }
    return weights;
  }

  /** A rewrite of a backbone whose parameters have other values, by path. */
  public static Emission plain(Backbone backbone, Map<String, INDArray> weights, Task task) {
    BaseValues values =
        (param, stream) ->
            Optional.ofNullable(weights.get(param.path()))
                .map(array -> new BaseValues.Replaced(param.path(), array));
    TargetGraph target = new TargetGraph(backbone.dataType(), true, 0, n -> Optional.empty());
    return new Rewriter(backbone, new Rewrite() {}, values, target).emit(List.of(task));
  }

  private Map<String, INDArray> weights() {
    Map<String, INDArray> weights = new LinkedHashMap<>();
    backbone.params().forEach(p -> weights.put(p.path(), value(p)));
    for (LinearSite site : backbone.linearSites()) {
      Set<Stream> adapted = new LinkedHashSet<>();
      alone.adapted().stream()
          .filter(a -> a.site().path().equals(site.path()))
          .forEach(a -> adapted.add(a.stream()));
      Set<Stream> all = new LinkedHashSet<>(alone.streams().get(site.output()));
      all.addAll(adapted);
      if (!adapted.isEmpty() && all.size() > 1) {
        reasons.add(
            "site %s has a weight of its own in each of the streams %s"
                .formatted(site.path(), all));
      } else if (!adapted.isEmpty()) {
        put(site, layer(site, adapted.iterator().next()), weights);
      }
    }
    return weights;
  }

  private Merged layer(LinearSite site, Stream stream) {
    return ((MergedRewrite) form.rewrite()).layer(site, stream);
  }

  private void put(LinearSite site, Merged layer, Map<String, INDArray> weights) {
    long[] shape = backbone.param(site.weight()).shape().toArray();
    weights.put(site.weight(), layer.weight().reshape('c', shape));
    if (site.bias().isPresent()) {
      weights.put(site.bias().get(), layer.bias());
    } else if (layer.bias().amaxNumber().doubleValue() != 0) {
      reasons.add("site %s got a bias, but the layer has none".formatted(site.path()));
    }
  }

  /** The one value of a parameter in the streams that the task reads. */
  private INDArray value(Param param) {
    Map<String, INDArray> found = new LinkedHashMap<>();
    for (Stream stream : streams) {
      String name = stream.tag(param.path());
      if (alone.target().graph().hasVariable(name)) {
        found.put(name, alone.target().graph().getArrForVarName(name));
      }
    }
    if (found.size() > 1) {
      reasons.add("parameter %s has the values %s".formatted(param.path(), found.keySet()));
    }
    return found.isEmpty()
        ? backbone.graph().getArrForVarName(param.path())
        : found.values().iterator().next();
  }
}
