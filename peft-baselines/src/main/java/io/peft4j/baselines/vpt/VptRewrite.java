package io.peft4j.baselines.vpt;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.peft4j.api.backbone.AttentionSite;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.api.routing.Task;
import io.peft4j.baselines.SharedOrPerTask;
import io.peft4j.baselines.attention.AttendedSite;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/** Prompts beside the tokens of every window of some blocks, dropped after the attention. */
final class VptRewrite extends SharedOrPerTask {
  private final VptConfig config;
  private final ImmutableMap<String, AttendedSite> prompted;
  private final int firstWidth;
  private final int patchNumbers;

  VptRewrite(VptConfig config, boolean deep, Backbone backbone, List<Task> tasks) {
    super(config.perTask(), tasks);
    this.config = config;
    List<AttendedSite> all = AttendedSite.of(backbone);
    this.prompted =
        Maps.uniqueIndex(deep ? all : all.subList(0, 1), attended -> attended.site().path());
    this.firstWidth = all.get(0).width();
    this.patchNumbers =
        backbone.linearSites().stream()
            .filter(l -> l.place().isPatchEmbedding())
            .mapToInt(LinearSite::in)
            .findFirst()
            .orElse(firstWidth);
  }

  @Override
  public SDVariable attention(AttentionSite site, Emit emit) {
    AttendedSite attended = prompted.get(site.path());
    if (attended == null) {
      return emit.next();
    }
    SDVariable prompts =
        emit.param("prompts", start(attended.width()), config.prompts(), attended.width());
    return attended.attend(emit, attended.project(emit, prompts, config.prompts()));
  }

  /** Keys of prompts take a share of every softmax, whatever they are. */
  @Override
  public boolean identityAtStart() {
    return false;
  }

  /** p·C for every block with prompts. */
  @Override
  protected long numbers() {
    return prompted.values().stream().mapToLong(a -> (long) config.prompts() * a.width()).sum();
  }

  private Init start(int width) {
    return switch (config.init()) {
      case XAVIER -> Init.uniform(Math.sqrt(6.0 / ((config.prompts() + 1.0) * width)));
      case OFFICIAL -> Init.uniform(Math.sqrt(6.0 / (patchNumbers + firstWidth)));
      case ZEROS -> Init.zeros();
    };
  }
}
