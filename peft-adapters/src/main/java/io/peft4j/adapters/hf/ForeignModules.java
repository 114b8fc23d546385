package io.peft4j.adapters.hf;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import io.peft4j.backbones.names.NameMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The linear layers and parameters of a backbone by the names that a library gives them. */
final class ForeignModules {
  /**
   * What something of theirs is.
   *
   * @param ours our name
   * @param part which part of ours it is
   * @param parts how many of theirs make up ours
   */
  record Part(String ours, int part, int parts) {}

  private static final String WEIGHT = ".weight";

  private final NameMap names;
  private final Backbone backbone;
  private final Map<String, LinearSite> sites = new LinkedHashMap<>();
  private final Map<String, Part> modules = new LinkedHashMap<>();
  private final Map<String, Part> params = new LinkedHashMap<>();

  ForeignModules(Backbone backbone, NameMap names) {
    this.names = names;
    this.backbone = backbone;
    for (LinearSite site : backbone.linearSites()) {
      sites.put(site.path(), site);
      note(site.path(), theirs(site.path()), modules);
    }
    for (Param param : backbone.params()) {
      note(param.path(), names.entries(param.path()), params);
    }
  }

  private static void note(String ours, List<String> theirs, Map<String, Part> to) {
    for (int i = 0; i < theirs.size(); i++) {
      to.put(theirs.get(i), new Part(ours, i, theirs.size()));
    }
  }

  /** The module of a parameter, by our name; empty at the root. */
  static String moduleOf(String path) {
    int dot = path.lastIndexOf('.');
    return dot < 0 ? "" : path.substring(0, dot);
  }

  NameMap names() {
    return names;
  }

  /** The linear layer that a module of theirs is, or is a part of. */
  Optional<Part> layer(String theirs) {
    return Optional.ofNullable(modules.get(theirs));
  }

  /** The parameter that one of theirs is, or is a part of. */
  Optional<Part> param(String theirs) {
    return Optional.ofNullable(params.get(theirs));
  }

  /** The linear site with our name. */
  LinearSite site(String ours) {
    return sites.get(ours);
  }

  /** Their names of one of our modules: several where a fused projection is apart. */
  List<String> theirs(String module) {
    return names.entries(module + WEIGHT).stream()
        .map(e -> e.substring(0, e.length() - WEIGHT.length()))
        .toList();
  }

  /** Their names of one of our parameters. */
  List<String> theirParams(String path) {
    return names.entries(path);
  }

  /** The shape of a site's weight as it is stored: {@code [out, in]}, or a convolution's kernel. */
  long[] kernel(LinearSite site) {
    return backbone.param(site.weight()).shape().toArray();
  }

  /** Their names of all linear layers. */
  Iterable<String> layers() {
    return modules.keySet();
  }
}
