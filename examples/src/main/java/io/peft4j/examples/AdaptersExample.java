package io.peft4j.examples;

import java.util.Map;

/**
 * Three baselines side by side: Compacter++ (Karimi Mahabadi et al. 2021) with one adapter for all
 * tasks, VL-Adapter (Sung et al. 2022) with half of each adapter shared, and Polyhistor (Liu et al.
 * 2022), whose hypernetworks generate adapters for each task. Arguments: training images (512),
 * epochs (6).
 *
 * <p>In a project of your own they need one dependency,
 *
 * <pre>{@code
 * <dependency>
 *   <groupId>io.peft4j</groupId>
 *   <artifactId>peft-baselines</artifactId>
 * </dependency>
 * }</pre>
 *
 * <p>and three lines, of which the last makes plain adapters of what a hypernetwork generates:
 *
 * <pre>{@code
 * PeftModel model = Peft.adapt(backbone, "polyhistor", Map.of("reduction", "8"), tasks);
 * Map<String, List<INDArray>> features = model.features(images);
 * PeftModel adapters = model.plain();
 * }</pre>
 */
public final class AdaptersExample {
  private AdaptersExample() {}

  /** Trains and evaluates one after the other. */
  public static void main(String[] args) {
    BaselineExample.run("compacter-plus", Map.of(), 5e-3, args);
    BaselineExample.run("vl-adapter", Map.of("sharing", "shared-down"), 2e-3, args);
    BaselineExample.run("polyhistor", Map.of("reduction", "8"), 2e-3, args);
  }
}
