package com.example.ssf;

import io.peft4j.api.method.Option;
import io.peft4j.api.select.SiteSelector;
import java.util.List;

/**
 * Configuration of SSF.
 *
 * @param targets terms that select layers, see {@link SiteSelector}
 * @param perTask one scale and shift per task instead of one for all
 */
public record SsfConfig(
    @Option(value = "layers to scale and shift", byDefault = "all-linear") List<String> targets,
    @Option(value = "one scale and shift per task", byDefault = "false") boolean perTask) {
  /** Checks the terms before a backbone is read. */
  public SsfConfig {
    targets = List.copyOf(targets);
    SiteSelector.of(targets.toArray(String[]::new));
  }

  SiteSelector selector() {
    return SiteSelector.of(targets.toArray(String[]::new));
  }
}
