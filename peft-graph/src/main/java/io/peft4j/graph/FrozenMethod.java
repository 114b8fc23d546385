package io.peft4j.graph;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import java.util.List;

/**
 * A method that changes nothing and trains nothing; no user chooses it, so it is not discovered.
 */
final class FrozenMethod implements PeftMethod {
  /** Nothing to configure. */
  record Config() {}

  @Override
  public String id() {
    return "frozen";
  }

  @Override
  public Class<? extends Record> configType() {
    return Config.class;
  }

  @Override
  public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
    return new Rewrite() {};
  }
}
