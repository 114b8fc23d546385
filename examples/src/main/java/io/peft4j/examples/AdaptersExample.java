package io.peft4j.examples;

import io.peft4j.harness.metric.Score;
import java.util.LinkedHashMap;
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
 *   <version>0.1.0-SNAPSHOT</version>
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

  /** Trains and evaluates one after the other, then prints their scores side by side. */
  public static void main(String[] args) {
    Map<String, Map<String, Score>> table = new LinkedHashMap<>();
    table.put("compacter-plus", ExampleRun.of(5e-3, args).train("compacter-plus", Map.of()));
    table.put(
        "vl-adapter",
        ExampleRun.of(2e-3, args).train("vl-adapter", Map.of("sharing", "shared-down")));
    table.put(
        "polyhistor", ExampleRun.of(2e-3, args).train("polyhistor", Map.of("reduction", "8")));
    print(table);
  }

  private static void print(Map<String, Map<String, Score>> table) {
    Map<String, Score> first = table.values().iterator().next();
    System.out.printf("%n%-16s", "method");
    first.forEach((task, s) -> System.out.printf("%20s", task + " " + s.name()));
    table.forEach(
        (method, scores) -> {
          System.out.printf("%n%-16s", method);
          scores.values().forEach(s -> System.out.printf("%20.4f", s.value()));
        });
    System.out.println();
  }
}
