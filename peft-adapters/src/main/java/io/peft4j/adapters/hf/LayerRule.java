package io.peft4j.adapters.hf;

import java.util.List;

/**
 * How versions of peft choose layers by {@code layers_to_transform}. Files do not say which version
 * wrote them, so the rule that selects the modules that a file has is taken for it.
 */
enum LayerRule {
  /** The number behind a name of the pattern, or behind the last list that something lies in. */
  CURRENT(".*\\.%s\\.(\\d{1,9})\\..*", List.of("[^.]*"), true, true),
  /** The same, but modules that are saved as a whole may be adapted too. */
  BEFORE_0_15(".*\\.%s\\.(\\d{1,9})\\..*", List.of("[^.]*"), true, false),
  /** The number behind the first usual name of a list: of stages, where blocks lie in stages. */
  BEFORE_0_8(
      ".*.%s\\.(\\d{1,9})\\.*.*", List.of("layers", "h", "block", "blocks", "layer"), false, false);

  private final String form;
  private final List<String> usual;
  private final boolean spareWholeNames;
  private final boolean keepsSavedApart;

  LayerRule(String form, List<String> usual, boolean spareWholeNames, boolean keepsSavedApart) {
    this.form = form;
    this.usual = usual;
    this.spareWholeNames = spareWholeNames;
    this.keepsSavedApart = keepsSavedApart;
  }

  /** Expressions for names of modules, tried in order, whose last group is the layer's number. */
  List<String> expressions(List<String> patterns) {
    return (patterns.isEmpty() ? usual : patterns).stream().map(form::formatted).toList();
  }

  /** Whether a target that is a whole name is adapted whatever its layer. */
  boolean spareWholeNames() {
    return spareWholeNames;
  }

  /** Whether what lies in {@code modules_to_save} is never adapted. */
  boolean keepsSavedApart() {
    return keepsSavedApart;
  }
}
