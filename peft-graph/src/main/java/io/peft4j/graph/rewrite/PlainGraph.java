package io.peft4j.graph.rewrite;

import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableSet;
import io.peft4j.api.backbone.AttentionSite;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Site;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.autodiff.samediff.internal.Variable;

/** Look-ups on the plain graph of a backbone that the rewriter asks again and again. */
final class PlainGraph {
  private final Backbone backbone;
  private final ImmutableListMultimap<String, Site> sitesByOutput;
  private final Map<String, Param> params = new HashMap<>();
  private final Map<String, Set<String>> downstream = new HashMap<>();

  PlainGraph(Backbone backbone) {
    this.backbone = backbone;
    this.sitesByOutput =
        backbone.sites().stream()
            .sorted(Comparator.comparingInt(PlainGraph::order))
            .collect(ImmutableListMultimap.toImmutableListMultimap(Site::output, s -> s));
    backbone.params().forEach(p -> params.put(p.path(), p));
  }

  Backbone backbone() {
    return backbone;
  }

  /** Sites on a variable, innermost first: the layer, then the taps on its output. */
  List<Site> sites(String variable) {
    return sitesByOutput.get(variable);
  }

  @Nullable Param param(String variable) {
    return params.get(variable);
  }

  SDVariable variable(String name) {
    return backbone.graph().getVariable(name);
  }

  /** The operation that computes a variable, or null for a leaf. */
  @Nullable SameDiffOp producer(String variable) {
    Variable meta = backbone.graph().getVariables().get(variable);
    return meta.getOutputOfOp() == null
        ? null
        : backbone.graph().getOps().get(meta.getOutputOfOp());
  }

  /** Variables whose value depends on {@code variable}, itself included. */
  Set<String> downstreamOf(String variable) {
    return downstream.computeIfAbsent(variable, this::findDownstream);
  }

  private Set<String> findDownstream(String start) {
    Set<String> found = new HashSet<>(Set.of(start));
    Deque<String> open = new ArrayDeque<>(found);
    while (!open.isEmpty()) {
      List<String> consumers = backbone.graph().getVariables().get(open.pop()).getInputsForOp();
      for (String op : consumers == null ? List.<String>of() : consumers) {
        for (String output : backbone.graph().getOps().get(op).getOutputsOfOp()) {
          if (found.add(output)) {
            open.push(output);
          }
        }
      }
    }
    return ImmutableSet.copyOf(found);
  }

  private static int order(Site site) {
    if (site instanceof LinearSite) {
      return 0;
    }
    return site instanceof AttentionSite ? 1 : 2;
  }
}
