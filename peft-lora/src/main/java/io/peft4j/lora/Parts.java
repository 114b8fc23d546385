package io.peft4j.lora;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.method.Ops;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * The output of a site as equal parts, of which some get a low-rank pair.
 *
 * <p>A fused qkv projection may be split in query, key and value (Microsoft's {@code
 * LoRAQKVLinear}), and a fused kv projection in key and value; every other site is one part. Pairs
 * lie one below the other: A is {@code [pairs·r, in]}, B is {@code [pairs·out/parts, r]}.
 *
 * @param count number of parts of the output
 * @param adapted indices of the parts that have a pair, ascending
 */
record Parts(int count, List<Integer> adapted) {
  private static final Parts WHOLE = new Parts(1, List.of(0));

  static Parts of(LoraConfig config, LinearSite site) {
    List<LoraConfig.Part> fused = fused(site);
    if (config.qkvParts().isEmpty() || fused.isEmpty()) {
      return WHOLE;
    }
    List<Integer> adapted =
        config.qkvParts().stream().filter(fused::contains).map(fused::indexOf).toList();
    if (adapted.isEmpty()) {
      throw new InputException(
          "qkvParts %s: site %s has only %s; leave it out of targets, or name one of them"
              .formatted(config.qkvParts(), site.path(), fused));
    }
    return new Parts(fused.size(), adapted);
  }

  /** The parts that a projection fuses, in the order of its rows; none for any other layer. */
  private static List<LoraConfig.Part> fused(LinearSite site) {
    return switch (site.place().role()) {
      case Role.ATTN_QKV -> List.of(LoraConfig.Part.values());
      case Role.ATTN_KV -> List.of(LoraConfig.Part.K, LoraConfig.Part.V);
      default -> List.of();
    };
  }

  boolean isSplit() {
    return count > 1;
  }

  /** Number of pairs. */
  int pairs() {
    return adapted.size();
  }

  /** Rows of one part of an output of {@code out}. */
  int width(int out) {
    return out / count;
  }

  /** Adds to each adapted part of {@code base}, along {@code axis}, the update of its pair. */
  SDVariable add(
      Ops ops, SDVariable base, int axis, int out, IntFunction<SDVariable> updateOfPair) {
    if (!isSplit()) {
      return base.add(updateOfPair.apply(0));
    }
    int width = width(out);
    SDVariable[] joined = new SDVariable[count];
    Arrays.setAll(joined, i -> ops.slice(base, axis, (long) i * width, (long) (i + 1) * width));
    for (int pair = 0; pair < pairs(); pair++) {
      int part = adapted.get(pair);
      joined[part] = joined[part].add(updateOfPair.apply(pair));
    }
    return ops.concat(axis, joined);
  }

  /** The rows of a stacked A or B that belong to a pair. */
  SDVariable rowsOfPair(Ops ops, SDVariable stacked, int pair, int rowsPerPair) {
    return isSplit()
        ? ops.slice(stacked, 0, (long) pair * rowsPerPair, (long) (pair + 1) * rowsPerPair)
        : stacked;
  }
}
