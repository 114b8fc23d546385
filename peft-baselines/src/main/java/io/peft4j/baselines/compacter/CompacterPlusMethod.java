package io.peft4j.baselines.compacter;

import com.google.auto.service.AutoService;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Preset;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import java.util.List;
import java.util.Map;

/**
 * Compacter++ (Karimi Mahabadi, Henderson and Ruder, NeurIPS 2021, section 4): {@link
 * CompacterMethod} without the adapter behind the attention. On Swin-Tiny, as in the published row,
 * 4 · 28,768 numbers.
 */
@AutoService(PeftMethod.class)
public final class CompacterPlusMethod implements PeftMethod {
  /** Found by ServiceLoader. */
  public CompacterPlusMethod() {}

  @Override
  public String id() {
    return "compacter-plus";
  }

  @Override
  public Class<? extends Record> configType() {
    return CompacterPlusConfig.class;
  }

  @Override
  public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
    return new CompacterRewrite(((CompacterPlusConfig) config).compacter(), backbone, tasks);
  }

  @Override
  public Map<String, Preset> presets() {
    return new CompacterMethod().presets();
  }

  @Override
  public String description() {
    return "Compacter++: Compacter's adapters after the MLP alone";
  }

  @Override
  public String formula() {
    return "as compacter, one position a block";
  }

  @Override
  public String reference() {
    return new CompacterMethod().reference();
  }
}
