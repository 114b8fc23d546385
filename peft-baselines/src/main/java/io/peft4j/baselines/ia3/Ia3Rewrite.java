package io.peft4j.baselines.ia3;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.api.routing.Task;
import io.peft4j.baselines.SharedOrPerTask;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** (IA)³ on one backbone. */
final class Ia3Rewrite extends SharedOrPerTask {
  private final Ia3Config config;
  private final DataType type;
  private final long numbers;

  Ia3Rewrite(Ia3Config config, Backbone backbone, List<Task> tasks) {
    super(config.perTask(), tasks);
    this.config = config;
    this.type = backbone.dataType();
    this.numbers = backbone.linearSites().stream().mapToLong(this::numbers).sum();
    if (numbers == 0) {
      throw new InputException(
          "%s has no layer for %s: no fused keys and values, or no MLP; choose other parts"
              .formatted(backbone.id(), config.parts()));
    }
  }

  @Override
  public SDVariable linear(LinearSite site, Emit emit) {
    if (numbers(site) == 0) {
      return emit.next();
    }
    if (isHidden(site)) {
      SDVariable scaled = emit.input().mul(emit.param("ia3_ff", Init.ones(), site.in()));
      return emit.apply(site.input(), scaled, site.output(), emit.stream());
    }
    int width = keyWidth(site);
    int before = site.out() - 2 * width;
    SDVariable keys = vector(emit, Ia3Config.Part.K, "ia3_k", width);
    SDVariable values = vector(emit, Ia3Config.Part.V, "ia3_v", width);
    SDVariable gain =
        before == 0
            ? emit.ops().concat(0, keys, values)
            : emit.ops().concat(0, ones(emit, before), keys, values);
    return emit.next().mul(gain);
  }

  private SDVariable vector(Emit emit, Ia3Config.Part part, String local, int width) {
    return config.parts().contains(part)
        ? emit.param(local, Init.ones(), width)
        : ones(emit, width);
  }

  private SDVariable ones(Emit emit, int width) {
    return emit.frozen("ia3_ones." + width, () -> Nd4j.ones(type, width), width);
  }

  private long numbers(LinearSite site) {
    if (isHidden(site)) {
      return config.parts().contains(Ia3Config.Part.FF) ? site.in() : 0;
    }
    int width = keyWidth(site);
    return (config.parts().contains(Ia3Config.Part.K) ? width : 0L)
        + (config.parts().contains(Ia3Config.Part.V) ? width : 0L);
  }

  private static boolean isHidden(LinearSite site) {
    return site.place().role().equals(Role.MLP_FC2);
  }

  /**
   * Channels of keys, which come before values at the end of the output; 0 where there are none.
   */
  private static int keyWidth(LinearSite site) {
    return switch (site.place().role()) {
      case Role.ATTN_QKV -> site.out() / 3;
      case Role.ATTN_KV -> site.out() / 2;
      default -> 0;
    };
  }

  @Override
  protected long numbers() {
    return numbers;
  }
}
