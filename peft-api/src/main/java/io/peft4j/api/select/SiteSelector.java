package io.peft4j.api.select;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.method.Option;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Selects linear sites by terms; an option group of methods that adapt them. A site is selected if
 * a target matches it, no exclusion does, and its stage and block are allowed.
 *
 * <p>A term is one of
 *
 * <ul>
 *   <li>{@code all-linear}: every linear site of the blocks and the merging (not patch embeddings
 *       and spatial reductions, as in HF peft, which leaves convolutions out);
 *   <li>a group: {@code attn} (qkv, q, kv, proj), {@code mlp} (fc1, fc2), {@code attn+mlp}, {@code
 *       merging}, {@code patch_embed};
 *   <li>a module path or the end of one at a dot: {@code qkv}, {@code attn.qkv}, {@code
 *       blocks.0.attn.qkv}; a bare name such as {@code proj} leaves out the patch embedding;
 *   <li>{@code re:REGEX}, which must match the whole path.
 * </ul>
 *
 * @param targets terms that select
 * @param exclude terms that exclude
 * @param stages stages allowed; empty for all
 * @param blocks block indices allowed, counted from the stage's end if negative; empty for all.
 *     Sites outside blocks (merging, patch embedding) are not restricted by it
 */
public record SiteSelector(
    @Option(
            value =
                "sites: all-linear, attn, mlp, attn+mlp, merging, patch_embed, a path or its end,"
                    + " re:REGEX",
            byDefault = "attn+mlp")
        List<String> targets,
    @Option(value = "sites to leave out, as targets", byDefault = "") List<String> exclude,
    @Option(value = "stages allowed, from 0; none for all", byDefault = "") List<Integer> stages,
    @Option(
            value = "blocks allowed, from 0, or from a stage's end if negative; none for all",
            byDefault = "")
        List<Integer> blocks) {
  private static final Set<String> GROUPS =
      Set.of("all-linear", "attn", "mlp", "attn+mlp", "merging", "patch_embed");

  /** Copies the lists; refuses an empty target list and broken regular expressions. */
  public SiteSelector {
    targets = List.copyOf(targets);
    exclude = List.copyOf(exclude);
    stages = List.copyOf(stages);
    blocks = List.copyOf(blocks);
    if (targets.isEmpty()) {
      throw new InputException("no targets: name at least one, such as attn+mlp or all-linear");
    }
    targets.forEach(SiteSelector::predicate);
    exclude.forEach(SiteSelector::predicate);
  }

  /** Selects by targets alone. */
  public static SiteSelector of(String... targets) {
    return new SiteSelector(List.of(targets), List.of(), List.of(), List.of());
  }

  /** What the selector matches on a backbone; refuses nothing. */
  public MatchReport inspect(Backbone backbone) {
    ImmutableList.Builder<LinearSite> matched = ImmutableList.builder();
    ImmutableList.Builder<LinearSite> missed = ImmutableList.builder();
    for (LinearSite site : backbone.linearSites()) {
      boolean in =
          targets.stream().anyMatch(t -> predicate(t).test(site))
              && exclude.stream().noneMatch(t -> predicate(t).test(site))
              && allowed(site);
      (in ? matched : missed).add(site);
    }
    List<String> idle = new ArrayList<>();
    for (String term : terms()) {
      if (backbone.linearSites().stream().noneMatch(predicate(term))) {
        idle.add(term);
      }
    }
    return new MatchReport(backbone.id(), matched.build(), missed.build(), idle, known(backbone));
  }

  /**
   * The sites selected on a backbone.
   *
   * @throws InputException if nothing is selected, if one of several terms matches no site, or if a
   *     stage or block does not exist
   */
  public List<LinearSite> select(Backbone backbone) {
    checkRanges(backbone);
    MatchReport report = inspect(backbone);
    report.requireEveryTermToMatch();
    return report.matched();
  }

  /** True if {@code key} (a term) matches the site; used by rank and alpha patterns. */
  public static boolean matches(String key, LinearSite site) {
    return predicate(key).test(site);
  }

  private List<String> terms() {
    List<String> terms = new ArrayList<>(targets);
    terms.addAll(exclude);
    return terms;
  }

  private boolean allowed(LinearSite site) {
    int stage = site.place().stage();
    int block = site.place().block();
    int depth = site.place().depth();
    return (stages.isEmpty() || stages.contains(stage))
        && (blocks.isEmpty()
            || block < 0
            || blocks.contains(block)
            || blocks.contains(block - depth));
  }

  private void checkRanges(Backbone backbone) {
    int last = backbone.linearSites().stream().mapToInt(s -> s.place().stage()).max().orElse(-1);
    for (int stage : stages) {
      if (stage < 0 || stage > last) {
        throw new InputException(
            "stage %d: %s has stages 0 to %d".formatted(stage, backbone.id(), last));
      }
    }
    int deepest = backbone.linearSites().stream().mapToInt(s -> s.place().depth()).max().orElse(0);
    for (int block : blocks) {
      if (block >= deepest || block < -deepest) {
        throw new InputException(
            "block %d: the deepest stage of %s has %d blocks"
                .formatted(block, backbone.id(), deepest));
      }
    }
  }

  private static List<String> known(Backbone backbone) {
    Set<String> names = new LinkedHashSet<>(GROUPS.stream().sorted().toList());
    for (LinearSite site : backbone.linearSites()) {
      String path = site.path();
      names.add(path);
      for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
        names.add(path.substring(dot + 1));
      }
    }
    return List.copyOf(names);
  }

  private static Predicate<LinearSite> predicate(String term) {
    if (term.startsWith("re:")) {
      Pattern pattern = compile(term.substring(3));
      return site -> pattern.matcher(site.path()).matches();
    }
    return switch (term) {
      case "all-linear" -> site -> !isConvolution(site);
      case "attn" -> site -> site.place().isIn("attn");
      case "mlp" -> site -> site.place().isIn("mlp");
      case "attn+mlp" -> predicate("attn").or(predicate("mlp"));
      case "merging" -> site -> site.place().role().equals(Role.DOWNSAMPLE_REDUCTION);
      case "patch_embed" -> site -> site.place().isPatchEmbedding();
      default -> site -> site.path().equals(term) || isEnd(term, site);
    };
  }

  private static boolean isConvolution(LinearSite site) {
    return site.place().isPatchEmbedding() || site.place().isSpatialReduction();
  }

  /** A bare name never means the patch embedding, so that proj is the attention's, as in papers. */
  private static boolean isEnd(String term, LinearSite site) {
    return site.path().endsWith("." + term)
        && (term.contains(".") || !site.place().isPatchEmbedding());
  }

  private static Pattern compile(String regex) {
    try {
      return Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw new InputException(
          "'re:%s' is no regular expression: %s".formatted(regex, e.getDescription()), e);
    }
  }
}
