package io.peft4j.lora;

import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param.Kind;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.api.routing.Stream;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * The trained layer norm before A: gain one and offset zero at the start, one for all branches of a
 * block and stream whose inputs are equally wide.
 */
final class BranchNorm {
  /** PyTorch's default, as the benchmark's code leaves it. */
  private static final double EPS = 1e-5;

  private BranchNorm() {}

  /** The normed input of a branch, {@code [batch·rows, in]}. */
  static SDVariable of(LinearSite site, Emit emit, SDVariable x) {
    String name = "%s.lora_norm.%d".formatted(block(site), site.in());
    SDVariable gain = param(emit, name + ".weight", Kind.NORM_WEIGHT, Init.ones(), site.in());
    SDVariable offset = param(emit, name + ".bias", Kind.NORM_BIAS, Init.zeros(), site.in());
    return emit.ops().layerNorm(x, gain, offset, EPS);
  }

  /** Trainable numbers of the norms of one copy. */
  static long numbers(Collection<LinearSite> sites) {
    Map<String, Long> byName = new HashMap<>();
    sites.forEach(s -> byName.put(block(s) + "." + s.in(), 2L * s.in()));
    return byName.values().stream().mapToLong(Long::longValue).sum();
  }

  private static SDVariable param(Emit emit, String name, Kind kind, Init init, long width) {
    Stream stream = emit.stream();
    return emit.globalParam(
        stream.isShared() ? name : name + "." + stream.id(), stream, kind, init, width);
  }

  /** Path of the block: that of the site without its role. */
  private static String block(LinearSite site) {
    String end = "." + site.place().role();
    String path = site.path();
    return path.endsWith(end) ? path.substring(0, path.length() - end.length()) : path;
  }
}
