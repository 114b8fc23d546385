package io.peft4j.backbones.build;

import io.peft4j.api.backbone.AttentionSite;
import io.peft4j.api.backbone.Cost;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.method.Ops;
import java.util.Optional;
import java.util.function.Function;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * Multi-head attention with its site: {@code softmax(q kᵀ/√d + added) v}, in each window of an
 * image or over all of it.
 *
 * @param path path of the attention's module
 * @param place place of its core
 * @param heads attention heads
 * @param headDim channels per head, the equation's d
 * @param queries tokens of a window that attend
 * @param keys tokens of a window that are attended to
 * @param windows windows per image; 1 if there are none
 */
public record Attention(
    ModuleWriter writer,
    String path,
    Place place,
    int heads,
    int headDim,
    int queries,
    int keys,
    int windows) {
  /**
   * What the softmax is taken of, {@code [B·windows, heads, queries, keys]}.
   *
   * @param values the scores and what is added to them
   * @param bias the bias among it, if there is one
   * @param mask the mask among it, if there is one
   */
  public record Logits(SDVariable values, Optional<SDVariable> bias, Optional<SDVariable> mask) {
    /** Scores to which nothing is added. */
    public static Logits of(SDVariable scores) {
      return new Logits(scores, Optional.empty(), Optional.empty());
    }
  }

  /** One of the parts, side by side, of a fused projection, counted from 0. */
  public SDVariable part(SDVariable projection, int which) {
    return writer.ops().slice(projection, 1, (long) which * width(), (which + 1L) * width());
  }

  /** Rows {@code [B·windows·n, width]} as {@code [B·windows, heads, n, d]}, named. */
  public SDVariable heads(String name, SDVariable rows, int n) {
    return writer.name(name, rows.reshape(-1, n, heads, headDim).permute(0, 2, 1, 3));
  }

  /**
   * Writes the core.
   *
   * @param x input of the block
   * @param normed input of the attention
   * @param q queries {@code [B·windows, heads, queries, d]}
   * @param k keys {@code [B·windows, heads, keys, d]}
   * @param v values, shaped as the keys
   * @param logits adds to the scores what the family adds
   * @return the core, rows {@code [B·windows·queries, width]}
   */
  public SDVariable write(
      SDVariable x,
      SDVariable normed,
      SDVariable q,
      SDVariable k,
      SDVariable v,
      Function<SDVariable, Logits> logits) {
    Ops ops = writer.ops();
    long pairs = (long) windows * queries * keys;
    // The query is scaled, not the scores: fewer numbers.
    SDVariable scaled = writer.name(path + ".q_scaled", q.mul(1 / Math.sqrt(headDim)));
    SDVariable scores = writer.name(path + ".scores", ops.matmul(scaled, k, false, true));
    writer.cost(scores, Cost.Kind.ATTENTION_PRODUCT, pairs * width());
    Logits added = logits.apply(scores);
    SDVariable weights = writer.name(path + ".softmax", ops.softmax(added.values()));
    writer.cost(weights, Cost.Kind.SOFTMAX, pairs * heads);
    SDVariable context = writer.name(path + ".context", ops.matmul(weights, v, false, false));
    writer.cost(context, Cost.Kind.ATTENTION_PRODUCT, pairs * width());
    SDVariable core = writer.name(path + ".core", context.permute(0, 2, 1, 3).reshape(-1, width()));
    writer
        .tables()
        .site(
            new AttentionSite(
                path,
                place,
                core.name(),
                x.name(),
                normed.name(),
                q.name(),
                k.name(),
                v.name(),
                added.bias().map(SDVariable::name),
                added.mask().map(SDVariable::name),
                heads,
                headDim,
                queries,
                windows));
    return core;
  }

  private int width() {
    return heads * headDim;
  }
}
