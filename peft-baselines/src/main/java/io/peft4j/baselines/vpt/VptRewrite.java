package io.peft4j.baselines.vpt;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.peft4j.api.backbone.AttentionSite;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param.Kind;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.api.routing.Task;
import io.peft4j.baselines.SharedOrPerTask;
import io.peft4j.baselines.attention.AttendedSite;
import io.peft4j.baselines.attention.ExtraKeys;
import java.util.List;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;

/** Prompts beside the tokens of every window of some blocks, dropped after the attention. */
final class VptRewrite extends SharedOrPerTask {
  private final VptConfig config;
  private final ImmutableMap<String, AttendedSite> prompted;
  private final Optional<TravellingPrompts> travelling;
  private final AttendedSite first;
  private final long widths;
  private final int patchNumbers;

  VptRewrite(VptConfig config, boolean deep, Backbone backbone, List<Task> tasks) {
    super(config.perTask(), tasks);
    this.config = config;
    List<AttendedSite> all = AttendedSite.of(backbone);
    this.first = all.get(0);
    this.travelling =
        config.official() && !deep
            ? Optional.of(new TravellingPrompts(backbone, all, config.prompts()))
            : Optional.empty();
    List<AttendedSite> own = deep ? all : all.subList(0, 1);
    this.prompted =
        Maps.uniqueIndex(travelling.isPresent() ? all : own, attended -> attended.site().path());
    this.widths = own.stream().mapToLong(AttendedSite::width).sum();
    this.patchNumbers =
        backbone.linearSites().stream()
            .filter(l -> l.place().isPatchEmbedding())
            .mapToInt(LinearSite::in)
            .findFirst()
            .orElse(first.width());
  }

  @Override
  public SDVariable attention(AttentionSite site, Emit emit) {
    AttendedSite attended = prompted.get(site.path());
    if (attended == null) {
      return emit.next();
    }
    return attended.attend(emit, extraKeys(attended, emit));
  }

  private ExtraKeys extraKeys(AttendedSite attended, Emit emit) {
    int count = config.prompts();
    if (travelling.isPresent()) {
      String end = emit.stream().isShared() ? "" : "." + emit.stream().id();
      String name = first.site().path() + ".prompts" + end;
      SDVariable prompts =
          emit.globalParam(
              name, emit.stream(), Kind.WEIGHT, start(first.width()), count, first.width());
      return travelling.get().keys(emit, attended.site(), prompts);
    }
    SDVariable prompts = emit.param("prompts", start(attended.width()), count, attended.width());
    AttentionSite site = attended.site();
    SDVariable rows =
        config.official()
            ? emit.apply(site.normIn(), prompts, site.normOut(), emit.stream())
            : prompts;
    return attended.project(emit, rows, count);
  }

  /** Keys of prompts take a share of every softmax, whatever they are. */
  @Override
  public boolean identityAtStart() {
    return false;
  }

  /** p·C for every block with prompts. */
  @Override
  protected long numbers() {
    return config.prompts() * widths;
  }

  private Init start(int width) {
    return switch (config.init()) {
      case XAVIER -> Init.uniform(Math.sqrt(6.0 / ((config.prompts() + 1.0) * width)));
      case OFFICIAL -> Init.uniform(Math.sqrt(6.0 / (patchNumbers + first.width())));
      case ZEROS -> Init.zeros();
    };
  }
}
