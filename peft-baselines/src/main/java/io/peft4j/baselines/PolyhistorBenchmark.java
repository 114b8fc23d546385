package io.peft4j.baselines;

import com.google.common.collect.ImmutableMap;
import io.peft4j.api.method.Preset;
import java.util.Map;

/**
 * The multi-task benchmark of Polyhistor (Liu et al., NeurIPS 2022), whose rows the later papers'
 * tables repeat; its settings, where they are published nowhere, are those that give its counts.
 */
public final class PolyhistorBenchmark {
  private PolyhistorBenchmark() {}

  /** Its settings of a method, alike on every backbone. */
  public static Map<String, Preset> preset(Map<String, String> options) {
    return preset(options, Map.of(), Map.of());
  }

  /**
   * Its settings of plain adapters: norm, function and reductions are the same for all.
   *
   * @param own what the method sets beside them
   */
  public static Map<String, Preset> adapters(Map<String, String> own) {
    return preset(
        ImmutableMap.<String, String>builder()
            .put("norm", "pre")
            .put("activation", "swish")
            .putAll(own)
            .buildOrThrow(),
        Map.of("reduction", "2"),
        Map.of("reduction", "16"));
  }

  /** Its settings of a method, with what differs on Swin and on PVT. */
  public static Map<String, Preset> preset(
      Map<String, String> options, Map<String, String> onSwin, Map<String, String> onPvt) {
    return Map.of(
        "polyhistor",
        Preset.of("the multi-task benchmark of Polyhistor (NeurIPS 2022)", options)
            .on("swin", onSwin)
            .on("pvt", onPvt));
  }
}
