package io.peft4j.tglora;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.api.method.Option;
import io.peft4j.api.method.Ranges;
import io.peft4j.api.select.ParamGroup;
import io.peft4j.api.select.SiteSelector;
import io.peft4j.grouping.GroupsChoice;
import io.peft4j.grouping.SimilarityFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Configuration of TGLoRA. Defaults are those of the paper on PASCAL (sections 4.3 and 7).
 *
 * @param rank combined rank of a layer, split over its groups in proportion to their tasks
 * @param lastStageRank combined rank of the layers of the last stage; 0 for {@code rank}
 * @param groups task groups of each stage, see {@link GroupsChoice}
 * @param similarity similarity of tasks by pair, {@code semseg+sal=0.3}; with it numbers of groups
 *     become groups by the paper's algorithm
 * @param similarityFile file to read {@code similarity} from, see {@link SimilarityFile}; the
 *     record holds what was read and an empty name, so that it does not depend on the file
 * @param budget for {@code groups=auto}: {@code macs} of the backbone for all tasks by the papers'
 *     convention, decoders not included, or {@code params} trained in the backbone
 * @param scale factor of every branch
 * @param alpha if positive, the factor of a branch is {@code alpha / rank of its group} (eq. 4)
 *     instead of {@code scale}
 * @param dropout dropout on the input of a branch, in [0, 1)
 * @param targets terms that select sites, see {@link SiteSelector}
 * @param unfreeze groups of backbone parameters that are trained too, one copy for all groups
 */
public record TgloraConfig(
    @Option(
            value = "combined rank of a layer, split over its groups by their numbers of tasks",
            byDefault = "64")
        int rank,
    @Option(value = "combined rank in the last stage; 0 for rank", byDefault = "16")
        int lastStageRank,
    @Option(
            value =
                "groups by stage: progressive, auto, numbers as 1,2,3,4, or spelled out as"
                    + " all,semseg+sal/normals,each",
            byDefault = "progressive")
        List<String> groups,
    @Option(value = "similarity by pair, such as semseg+sal=0.3; all pairs", byDefault = "")
        Map<String, Double> similarity,
    @Option(value = "comma-separated matrix to read similarity from", byDefault = "")
        String similarityFile,
    @Option(value = "for groups=auto: macs=NUMBER or params=NUMBER of the backbone", byDefault = "")
        Map<String, Double> budget,
    @Option(value = "factor of every branch", byDefault = "4.0") double scale,
    @Option(
            value = "if positive, the factor is alpha/(rank of the group) instead of scale",
            byDefault = "0.0")
        double alpha,
    @Option(value = "dropout on the input of a branch, in [0, 1)", byDefault = "0.05")
        double dropout,
    @Option(
            value = "sites: attn, attn+mlp, all-linear, a path or its end, re:REGEX",
            byDefault = "attn+mlp")
        List<String> targets,
    @Option(value = "groups of backbone parameters that are trained too", byDefault = "")
        List<ParamGroup> unfreeze) {
  /** Checks ranges and the form of groups, and reads the similarity file. */
  public TgloraConfig {
    Ranges.requireAtLeast(1, "rank", rank);
    if (lastStageRank < 0) {
      throw new InputException(
          "lastStageRank %d must be at least 1, or 0 for rank".formatted(lastStageRank));
    }
    Ranges.requirePositive("scale", scale);
    if (!(alpha >= 0 && Double.isFinite(alpha))) {
      throw new InputException("alpha %s must be positive, or 0 for scale".formatted(alpha));
    }
    Ranges.requireDropout(dropout);
    groups = ImmutableList.copyOf(groups);
    targets = ImmutableList.copyOf(targets);
    unfreeze = ImmutableList.copyOf(unfreeze);
    // fails early, before a backbone is read
    SiteSelector.of(targets.toArray(String[]::new));
    if (!similarityFile.isBlank()) {
      if (!similarity.isEmpty()) {
        throw new InputException("similarity and similarityFile are both given; drop one");
      }
      similarity = SimilarityFile.read(Path.of(similarityFile)).pairs();
      similarityFile = "";
    }
    similarity = ImmutableMap.copyOf(similarity);
    budget = ImmutableMap.copyOf(budget);
    // fails early, as targets above
    new GroupsChoice(groups, similarity, budget);
  }

  /** Factor of a branch of rank {@code rank}: γ of eq. 4. */
  double factor(int rankOfGroup) {
    return alpha > 0 ? alpha / rankOfGroup : scale;
  }

  /** The task groups that the options ask for. */
  GroupsChoice choice() {
    return new GroupsChoice(groups, similarity, budget);
  }
}
