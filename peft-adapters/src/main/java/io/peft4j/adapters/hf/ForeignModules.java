package io.peft4j.adapters.hf;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The modules of a backbone by the names that a library gives them. */
final class ForeignModules {
  /**
   * A module of theirs.
   *
   * @param module ours
   * @param part which part of ours it is
   * @param parts how many modules of theirs make up ours
   */
  record Part(String module, int part, int parts) {}

  private final ModuleNames names;
  private final Map<String, Part> byTheirs = new LinkedHashMap<>();
  private final Map<String, LinearSite> sites = new LinkedHashMap<>();
  private final Backbone backbone;

  ForeignModules(Backbone backbone, ModuleNames names) {
    this.names = names;
    this.backbone = backbone;
    Set<String> modules = new LinkedHashSet<>();
    backbone.linearSites().forEach(s -> sites.put(s.path(), s));
    modules.addAll(sites.keySet());
    backbone.params().forEach(p -> modules.add(moduleOf(p)));
    for (String module : modules) {
      List<String> theirs = names.theirs().apply(module);
      for (int i = 0; i < theirs.size(); i++) {
        byTheirs.put(theirs.get(i), new Part(module, i, theirs.size()));
      }
    }
  }

  /** The module of a parameter; empty at the root. */
  static String moduleOf(Param param) {
    int dot = param.path().lastIndexOf('.');
    return dot < 0 ? "" : param.path().substring(0, dot);
  }

  ModuleNames names() {
    return names;
  }

  Optional<Part> part(String theirs) {
    return Optional.ofNullable(byTheirs.get(theirs));
  }

  /** The linear site that a module of theirs is, or is a part of. */
  Optional<LinearSite> site(String theirs) {
    return part(theirs).map(p -> sites.get(p.module()));
  }

  List<String> theirs(String module) {
    return names.theirs().apply(module);
  }

  /** The shape of a site's weight as it is stored: {@code [out, in]}, or a convolution's kernel. */
  long[] kernel(LinearSite site) {
    return backbone.param(site.weight()).shape().toArray();
  }

  /** Their names of all linear sites. */
  Map<String, LinearSite> linear() {
    Map<String, LinearSite> linear = new LinkedHashMap<>();
    sites.forEach((path, site) -> theirs(path).forEach(t -> linear.put(t, site)));
    return linear;
  }
}
