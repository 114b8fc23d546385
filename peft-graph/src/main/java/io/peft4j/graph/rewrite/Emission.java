package io.peft4j.graph.rewrite;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSetMultimap;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.backbone.Site;
import io.peft4j.api.routing.Stream;
import io.peft4j.graph.emitted.TargetGraph;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a rewrite emitted.
 *
 * @param target the graph
 * @param features per task its features, named as in the emitted graph
 * @param copies for each variable of the plain graph the variables that compute it
 * @param values for each variable of the plain graph the variables that hold its value: copies, in
 *     regions of a plugin's own too, and a plugin's answers
 * @param streams for each variable of the plain graph the streams that computed it; several of them
 *     may have one copy, where they read the same values
 * @param pluginOps own names of the operations that the plugin composed, or had emitted again in a
 *     region of its own
 * @param adapted sites whose value a plugin changed, for each stream that it was asked for
 */
public record Emission(
    TargetGraph target,
    Map<String, List<Feature>> features,
    ImmutableSetMultimap<String, String> copies,
    ImmutableSetMultimap<String, String> values,
    ImmutableSetMultimap<String, Stream> streams,
    Set<String> pluginOps,
    List<AdaptedSite> adapted) {
  /** Copies the collections. */
  public Emission {
    features = ImmutableMap.copyOf(features);
    pluginOps = ImmutableSet.copyOf(pluginOps);
    adapted = ImmutableList.copyOf(adapted);
  }

  /**
   * A site that a plugin changed.
   *
   * @param site the site
   * @param stream the stream that was answered
   * @param variable the answer
   */
  public record AdaptedSite(Site site, Stream stream, String variable) {}
}
