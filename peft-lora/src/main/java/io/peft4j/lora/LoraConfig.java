package io.peft4j.lora;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.api.method.Option;
import io.peft4j.api.method.OptionGroup;
import io.peft4j.api.method.Ranges;
import io.peft4j.api.select.ParamGroup;
import io.peft4j.api.select.SiteSelector;
import java.util.List;
import java.util.Map;

/**
 * Configuration of LoRA and its variants.
 *
 * @param rank rank r of a site's update
 * @param alpha numerator of the scale: the update is {@code alpha/rank · B A}
 * @param rslora scale {@code alpha/√rank} instead (Kalajdzievski 2023)
 * @param dropout dropout on the input of the branch, in [0, 1)
 * @param sites which sites are adapted
 * @param rankPattern rank by term; the first matching term wins
 * @param alphaPattern alpha by term; the first matching term wins
 * @param init how A and B start
 * @param dora learns magnitude and direction apart (Liu et al. 2024)
 * @param bias which biases of the backbone are trained
 * @param unfreeze groups of backbone parameters that are trained too
 * @param modulesToSave modules of the backbone that are trained as a whole, and single parameters,
 *     by path or the end of one (HF peft's modules_to_save)
 * @param qkvParts parts of a fused projection, qkv or kv, that get a pair of their own; empty for
 *     one pair over the fused layer
 * @param norm what stands before A
 * @param perTask one adapted model per task instead of one for all
 */
public record LoraConfig(
    @Option(value = "rank of the update of a site", byDefault = "8") int rank,
    @Option(value = "scale of the update times the rank (HF peft's lora_alpha)", byDefault = "8")
        double alpha,
    @Option(value = "rsLoRA: scale alpha/sqrt(rank) instead of alpha/rank", byDefault = "false")
        boolean rslora,
    @Option(value = "dropout on the input of the branch, in [0, 1)", byDefault = "0.0")
        double dropout,
    @OptionGroup SiteSelector sites,
    @Option(value = "rank by site term, such as mlp=4,proj=2; first match wins", byDefault = "")
        Map<String, Integer> rankPattern,
    @Option(value = "alpha by site term, first match wins", byDefault = "")
        Map<String, Double> alphaPattern,
    @Option(
            value = "start of A and B: random A and zero B, or pissa (principal parts of W)",
            byDefault = "kaiming")
        Start init,
    @Option(value = "DoRA: learn magnitude and direction apart", byDefault = "false") boolean dora,
    @Option(value = "biases of the backbone that are trained", byDefault = "none") Bias bias,
    @Option(
            value = "groups of backbone parameters that are trained too; others = first four",
            byDefault = "")
        List<ParamGroup> unfreeze,
    @Option(
            value = "modules trained as a whole, by path or its end, such as layers.3.blocks.1",
            byDefault = "")
        List<String> modulesToSave,
    @Option(
            value =
                "parts of a fused qkv or kv with an own pair, such as q,v; none: one fused pair",
            byDefault = "")
        List<Part> qkvParts,
    @Option(
            value = "before A: none, or block (a trained layer norm that a block's branches share)",
            byDefault = "none")
        Norm norm,
    @Option(value = "one adapted model per task instead of one for all", byDefault = "false")
        boolean perTask) {

  /** How A and B start. */
  public enum Start {
    /** A uniform in ±1/√in, B zero (Microsoft's and HF peft's default). */
    KAIMING,
    /** A normal with standard deviation 1/rank, B zero (HF peft's gaussian). */
    GAUSSIAN,
    /** The principal singular triplets of the weight (Meng et al. 2024). */
    PISSA
  }

  /** Which biases of the backbone are trained. */
  public enum Bias {
    /** None. */
    NONE,
    /** Those of the adapted sites. */
    LORA_ONLY,
    /** Every bias vector, those of norms included. */
    ALL
  }

  /** What stands before A. */
  public enum Norm {
    /** Nothing, as in the papers; the update merges. */
    NONE,
    /**
     * A trained layer norm, one for all branches of a block whose inputs are equally wide, as the
     * counts of the multi-task benchmark have it; the update is not affine and does not merge.
     */
    BLOCK
  }

  /** A part of the output of a fused projection, in the order of the rows. */
  public enum Part {
    /** Query. */
    Q,
    /** Key. */
    K,
    /** Value. */
    V
  }

  /** Checks ranges. */
  public LoraConfig {
    Ranges.requireAtLeast(1, "rank", rank);
    Ranges.requirePositive("alpha", alpha);
    Ranges.requireDropout(dropout);
    // ImmutableMap keeps the order, which decides between several matching terms
    rankPattern = ImmutableMap.copyOf(rankPattern);
    alphaPattern = ImmutableMap.copyOf(alphaPattern);
    rankPattern.forEach((term, r) -> Ranges.requireAtLeast(1, "rankPattern " + term, r));
    alphaPattern.forEach((term, a) -> Ranges.requirePositive("alphaPattern " + term, a));
    unfreeze = ImmutableList.copyOf(unfreeze);
    modulesToSave = ImmutableList.copyOf(modulesToSave);
    qkvParts = ImmutableList.copyOf(qkvParts.stream().sorted().toList());
    if (qkvParts.stream().distinct().count() < qkvParts.size()) {
      throw new InputException("qkvParts %s names a part twice".formatted(qkvParts));
    }
    if (norm == Norm.BLOCK && (dora || init == Start.PISSA)) {
      throw new InputException(
          "norm block: %s works on the weight, which a norm of the input keeps apart; choose norm"
                  .formatted(dora ? "dora" : "init pissa")
              + " none");
    }
  }
}
