package io.peft4j.api.method;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.lowrank.LowRankForm;
import io.peft4j.api.routing.Task;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An adapter method, found by {@link java.util.ServiceLoader}; annotate with
 * {@code @AutoService(PeftMethod.class)}.
 *
 * <p>A provider is stateless and has a public no-argument constructor. Nothing activates itself: a
 * discovered method does nothing until it is chosen by its id.
 *
 * <p>Safe for use by several threads. A method keeps nothing between calls.
 */
public interface PeftMethod {
  /** Unique id: lower-case letters, digits, dashes; part of saved adapters. */
  String id();

  /**
   * The configuration: a record whose components carry {@link Option} and whose compact constructor
   * refuses values out of range.
   */
  Class<? extends Record> configType();

  /**
   * Binds a configuration to a backbone and tasks.
   *
   * @param config an instance of {@link #configType()}
   * @throws io.peft4j.api.InputException if the configuration does not fit the backbone or tasks
   */
  Rewrite bind(Record config, Backbone backbone, List<Task> tasks);

  /** One line for listings. */
  default String description() {
    return "";
  }

  /** Where the method comes from: paper and venue. */
  default String reference() {
    return "";
  }

  /** How many numbers are trained in the backbone, as a formula in words, for tables. */
  default String formula() {
    return "";
  }

  /**
   * Named sets of options, by name: lower-case letters, digits and dashes. What a preset does not
   * name stays at its default.
   */
  default Map<String, Preset> presets() {
    return Map.of();
  }

  /** How trained states are told as low-rank updates, if they are such updates. */
  default Optional<LowRankForm> lowRankForm() {
    return Optional.empty();
  }

  /** Version of the plugin; by default the manifest's {@code Implementation-Version}. */
  default String version() {
    String version = getClass().getPackage().getImplementationVersion();
    return version == null ? "unversioned" : version;
  }
}
