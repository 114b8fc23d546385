package com.example.ssf;

import io.peft4j.api.method.Option;
import io.peft4j.api.method.OptionGroup;
import io.peft4j.api.select.SiteSelector;

/**
 * Configuration of SSF.
 *
 * @param sites which layers are scaled and shifted; their options are the method's own
 * @param perTask one scale and shift per task instead of one for all
 */
public record SsfConfig(
    @OptionGroup(defaults = "targets=all-linear") SiteSelector sites,
    @Option(value = "one scale and shift per task", byDefault = "false") boolean perTask) {}
