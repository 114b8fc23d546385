package io.peft4j.backbones.build;

import com.google.common.graph.GraphBuilder;
import com.google.common.graph.Graphs;
import com.google.common.graph.MutableGraph;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.backbone.Param;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;

/** What follows from what in the graph of a backbone; the checks that its contract names. */
public final class Reachability {
  private final Backbone backbone;
  private final MutableGraph<String> forward = GraphBuilder.directed().build();

  /** Reads a backbone. */
  public Reachability(Backbone backbone) {
    this.backbone = backbone;
    backbone.graph().variables().forEach(v -> forward.addNode(v.name()));
    for (SameDiffOp op : backbone.graph().getOps().values()) {
      for (String in : op.getInputsToOp()) {
        op.getOutputsOfOp().forEach(out -> forward.putEdge(in, out));
      }
    }
  }

  /** Values computed from a parameter that no placed value follows. */
  public List<String> withoutPlacedFollower() {
    return backbone.params().stream()
        .flatMap(p -> reachable(p.path()))
        .distinct()
        .filter(v -> backbone.params().stream().noneMatch(p -> p.path().equals(v)))
        .filter(v -> reachable(v).noneMatch(backbone.places()::containsKey))
        .toList();
  }

  /** Parameters that influence none of the given variables. */
  public List<String> paramsWithoutInfluenceOn(Set<String> variables) {
    return backbone.params().stream()
        .map(Param::path)
        .filter(p -> reachable(p).noneMatch(variables::contains))
        .toList();
  }

  /** Names of the features. */
  public Set<String> features() {
    return Set.copyOf(backbone.features().stream().map(Feature::name).toList());
  }

  private Stream<String> reachable(String variable) {
    return Graphs.reachableNodes(forward, variable).stream();
  }
}
