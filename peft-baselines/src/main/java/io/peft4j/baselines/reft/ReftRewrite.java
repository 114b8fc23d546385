package io.peft4j.baselines.reft;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.backbone.TapSite;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.OwnParameters;
import io.peft4j.api.routing.Task;
import io.peft4j.baselines.SharedOrPerTask;
import io.peft4j.baselines.linalg.Orthonormal;
import java.util.List;
import java.util.Set;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** ReFT on one backbone: which representations are changed, and R back to orthonormal rows. */
final class ReftRewrite extends SharedOrPerTask {
  private final ReftConfig config;
  private final Tokens tokens;
  private final ImmutableMap<String, Intervention> interventions;
  private final ImmutableList<String> rotations;

  ReftRewrite(ReftConfig config, Backbone backbone, List<Task> tasks) {
    super(config.perTask(), tasks);
    this.config = config;
    this.tokens = Tokens.of(config.tokens());
    ImmutableMap.Builder<String, Intervention> byPath = ImmutableMap.builder();
    if (config.at() == ReftConfig.At.LINEAR) {
      for (LinearSite site : config.sites().select(backbone)) {
        byPath.put(site.path(), Intervention.of(config, site.path(), site.out()));
      }
    } else {
      for (TapSite tap : taps(backbone)) {
        tokens.requireFit(tap);
        byPath.put(tap.path(), Intervention.of(config, tap.path(), tap.width()));
      }
    }
    this.interventions = byPath.buildOrThrow();
    List<String> ends =
        config.perTask() ? tasks.stream().map(t -> "." + t.name()).toList() : List.of("");
    this.rotations =
        interventions.keySet().stream()
            .flatMap(p -> ends.stream().map(end -> p + "." + Intervention.ROTATION + end))
            .collect(ImmutableList.toImmutableList());
  }

  private List<TapSite> taps(Backbone backbone) {
    String role =
        switch (config.at()) {
          case BLOCK, LINEAR -> Role.BLOCK_OUT;
          case ATTENTION -> Role.ATTN_OUT;
          case MLP -> Role.MLP_OUT;
        };
    List<TapSite> taps =
        backbone.sites().stream()
            .filter(s -> s instanceof TapSite && s.place().role().equals(role))
            .map(TapSite.class::cast)
            .filter(t -> isAllowed(t.place()))
            .toList();
    if (taps.isEmpty()) {
      throw new InputException(
          "stages %s and blocks %s leave no tap '%s' of %s; widen one of them (peft inspect shows"
                  .formatted(config.sites().stages(), config.sites().blocks(), role, backbone.id())
              + " the sites)");
    }
    return taps;
  }

  private boolean isAllowed(Place place) {
    return (config.sites().stages().isEmpty() || config.sites().stages().contains(place.stage()))
        && (config.sites().blocks().isEmpty()
            || config.sites().blocks().contains(place.block())
            || config.sites().blocks().contains(place.block() - place.depth()));
  }

  @Override
  public SDVariable linear(LinearSite site, Emit emit) {
    Intervention intervention = interventions.get(site.path());
    return intervention == null ? emit.next() : intervention.of(emit, emit.next());
  }

  @Override
  public SDVariable tap(TapSite site, Emit emit) {
    Intervention intervention = interventions.get(site.path());
    if (intervention == null) {
      return emit.next();
    }
    SDVariable h = emit.next();
    return tokens.choose(emit.ops(), site, h, intervention.of(emit, h));
  }

  /**
   * Retraction of R to orthonormal rows after each step, in double precision. The authors
   * parametrise R instead (torch's orthogonal parametrisation), so that the optimizer moves other
   * coordinates; the set of functions is the same.
   */
  @Override
  public void afterStep(OwnParameters own, long step) {
    if (!config.form().isOrthonormal()) {
      return;
    }
    Set<String> known = own.names();
    for (String name : rotations) {
      if (known.contains(name)) {
        INDArray rotation = own.get(name);
        double[][] rows = rotation.castTo(DataType.DOUBLE).toDoubleMatrix();
        Orthonormal.orthonormalise(rows);
        rotation.assign(Nd4j.createFromArray(rows).castTo(rotation.dataType()));
      }
    }
  }

  @Override
  public boolean identityAtStart() {
    return config.init() == ReftConfig.Start.IDENTITY;
  }

  @Override
  protected long numbers() {
    return interventions.values().stream().mapToLong(Intervention::numbers).sum();
  }
}
