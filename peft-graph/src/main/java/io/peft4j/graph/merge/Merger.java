package io.peft4j.graph.merge;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.method.Training;
import io.peft4j.api.routing.Stream;
import io.peft4j.graph.rewrite.BaseValues;
import io.peft4j.graph.rewrite.Emission;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Turns an adapted backbone into a rewrite that has only frozen weights. */
public final class Merger {
  private Merger() {}

  /**
   * A merged form.
   *
   * @param rewrite answers the merged layers
   * @param values trained parameters of the backbone (norms, biases), now frozen
   */
  public record MergedForm(Rewrite rewrite, BaseValues values) {}

  /**
   * Merges what {@code rewrite} emitted.
   *
   * @param method id of the method, for messages
   * @throws MergeException naming every site that cannot be merged, and why
   */
  public static MergedForm merge(
      String method, Backbone backbone, Rewrite rewrite, Emission emission) {
    Map<String, INDArray> trained = emission.target().arrays();
    SiteProbe probe = new SiteProbe(backbone, rewrite, trained);
    Map<String, Merged> layers = new LinkedHashMap<>();
    List<String> reasons = new ArrayList<>();
    for (Emission.AdaptedSite adapted : emission.adapted()) {
      if (adapted.site() instanceof LinearSite site) {
        probe
            .probe(site, adapted.stream(), reasons)
            .ifPresent(m -> layers.put(MergedRewrite.key(site, adapted.stream()), m));
      } else {
        reasons.add("site %s adapts an activation, not a weight".formatted(adapted.site().path()));
      }
    }
    if (!reasons.isEmpty()) {
      throw new MergeException(method, reasons);
    }
    return new MergedForm(
        new MergedRewrite(rewrite.router(), layers), trainedValues(rewrite, trained));
  }

  private static BaseValues trainedValues(Rewrite rewrite, Map<String, INDArray> trained) {
    return (Param param, Stream stream) -> {
      Training training = rewrite.training(param, stream);
      if (training == Training.FROZEN) {
        return Optional.empty();
      }
      String name = training.copyFor(stream).tag(param.path());
      // A copy: the adapted model may go on training.
      return Optional.ofNullable(trained.get(name))
          .map(array -> new BaseValues.Replaced(name, array.dup()));
    };
  }
}
