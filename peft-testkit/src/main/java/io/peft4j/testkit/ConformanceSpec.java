package io.peft4j.testkit;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.pertask.PerTask;
import java.util.List;
import java.util.Map;

/**
 * What the kit tests. Immutable: each call gives a new specification.
 *
 * <p>Defaults: the method's default configuration, the tasks {@code semseg} and {@code depth}, and
 * a micro Swin with random weights.
 */
public final class ConformanceSpec {
  private static final ImmutableList<Task> TASKS =
      ImmutableList.of(new Task("semseg", 3), new Task("depth", 1));

  private final String method;
  private final ImmutableList<Variant> variants;
  private final ImmutableList<Map<String, String>> refused;
  private final ImmutableList<Task> tasks;
  private final ImmutableList<BackboneUnderTest> backbones;
  private final boolean perTask;

  private ConformanceSpec(
      String method,
      List<Variant> variants,
      List<Map<String, String>> refused,
      List<Task> tasks,
      List<BackboneUnderTest> backbones,
      boolean perTask) {
    this.method = method;
    this.variants = ImmutableList.copyOf(variants);
    this.refused = ImmutableList.copyOf(refused);
    this.tasks = ImmutableList.copyOf(tasks);
    this.backbones = ImmutableList.copyOf(backbones);
    this.perTask = perTask;
  }

  /** Tests the method with this id, which must be on the class path. */
  public static ConformanceSpec of(String method) {
    return new ConformanceSpec(method, List.of(), List.of(), TASKS, List.of(), false);
  }

  /** Adds a configuration, named by its options. */
  public ConformanceSpec with(Map<String, String> options) {
    return with(options.isEmpty() ? "defaults" : options.toString(), options);
  }

  /** Adds a configuration. */
  public ConformanceSpec with(String name, Map<String, String> options) {
    return with(new Variant(name, options, Variant.Merging.EITHER));
  }

  /** Adds a configuration with a promise about merging. */
  public ConformanceSpec with(Variant variant) {
    return new ConformanceSpec(
        method, append(variants, variant), refused, tasks, backbones, perTask);
  }

  /** Adds a configuration that must merge. */
  public ConformanceSpec withMerging(String name, Map<String, String> options) {
    return with(new Variant(name, options, Variant.Merging.MERGES));
  }

  /** Adds a configuration that must refuse to merge. */
  public ConformanceSpec withoutMerging(String name, Map<String, String> options) {
    return with(new Variant(name, options, Variant.Merging.REFUSED));
  }

  /** Adds a value out of range, which the configuration record must refuse. */
  public ConformanceSpec refuses(String option, String value) {
    return new ConformanceSpec(
        method,
        variants,
        append(refused, ImmutableMap.of(option, value)),
        tasks,
        backbones,
        perTask);
  }

  /** Tests with other tasks. */
  public ConformanceSpec tasks(Task... others) {
    return new ConformanceSpec(method, variants, refused, List.of(others), backbones, perTask);
  }

  /** Tests on this backbone instead of the micro Swin; may be called again to add more. */
  public ConformanceSpec on(BackboneUnderTest backbone) {
    return new ConformanceSpec(
        method, variants, refused, tasks, append(backbones, backbone), perTask);
  }

  /** Tests the method with one model per task, see {@link PerTask}. */
  public ConformanceSpec perTask() {
    return new ConformanceSpec(method, variants, refused, tasks, backbones, true);
  }

  /** Id of the method. */
  public String method() {
    return method;
  }

  /** Whether there is one model per task. */
  public boolean isPerTask() {
    return perTask;
  }

  /** Configurations; the default one if none was given. */
  public List<Variant> variants() {
    return variants.isEmpty()
        ? List.of(new Variant("defaults", Map.of(), Variant.Merging.EITHER))
        : variants;
  }

  /** Options that the configuration record must refuse. */
  public List<Map<String, String>> refused() {
    return refused;
  }

  /** Tasks. */
  public List<Task> tasks() {
    return tasks;
  }

  /** Backbones; the micro Swin if none was given. */
  public List<BackboneUnderTest> backbones() {
    return backbones.isEmpty() ? List.of(MicroBackbones.swin()) : backbones;
  }

  private static <T> List<T> append(List<T> list, T last) {
    return ImmutableList.<T>builder().addAll(list).add(last).build();
  }
}
