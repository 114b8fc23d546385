package io.peft4j.baselines.attention;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.AttentionSite;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Ops;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * An attention product and the layer that gives it keys and values.
 *
 * @param site the product
 * @param keyValue fused projection whose last two parts are keys and values: {@code attn.qkv} or,
 *     after a spatial reduction or not, {@code attn.kv}
 */
public record AttendedSite(AttentionSite site, LinearSite keyValue) {

  /**
   * All attention products of a backbone, in the order of the forward pass.
   *
   * @throws InputException if the backbone has none, or none with a fused projection
   */
  public static List<AttendedSite> of(Backbone backbone) {
    List<AttendedSite> all =
        backbone.sites().stream()
            .filter(AttentionSite.class::isInstance)
            .map(AttentionSite.class::cast)
            .map(s -> new AttendedSite(s, keyValue(backbone, s)))
            .toList();
    if (all.isEmpty()) {
      throw new InputException(
          "%s has no attention, so there are no keys and values to add to; choose a method for"
                  .formatted(backbone.id())
              + " linear layers, such as lora");
    }
    return all;
  }

  private static LinearSite keyValue(Backbone backbone, AttentionSite site) {
    return backbone.linearSites().stream()
        .filter(l -> isSameBlock(l.place(), site.place()) && isKeyValue(l.place().role()))
        .findFirst()
        .orElseThrow(
            () ->
                new InputException(
                    "site %s of %s: its block has no fused projection of keys and values (%s or %s)"
                        .formatted(site.path(), backbone.id(), Role.ATTN_QKV, Role.ATTN_KV)));
  }

  private static boolean isSameBlock(Place a, Place b) {
    return a.stage() == b.stage() && a.block() == b.block();
  }

  private static boolean isKeyValue(String role) {
    return role.equals(Role.ATTN_QKV) || role.equals(Role.ATTN_KV);
  }

  /** Channels C of a token, which is heads times width of a head. */
  public int width() {
    return site.heads() * site.headDim();
  }

  /** Keys that a query of the image sees, those of its window or all. */
  public int keys() {
    return keyValue.rows() / site.windows();
  }

  /**
   * Keys and values of rows {@code [count, C]} that stand beside the tokens: projected by the
   * block's own layer, adapted or not.
   */
  public ExtraKeys project(Emit emit, SDVariable rows, int count) {
    SDVariable projected = emit.apply(keyValue.input(), rows, keyValue.output(), emit.stream());
    int end = keyValue.out();
    int width = width();
    Ops ops = emit.ops();
    return ExtraKeys.shared(
        ops.slice(projected, 1, end - 2L * width, end - width),
        ops.slice(projected, 1, end - width, end),
        count);
  }

  /**
   * The attention product over the image's keys and the extra ones, {@code softmax([s·q kᵀ + bias +
   * mask, s·q k'ᵀ]) [v; v']}, output {@code [batch·rows, C]}.
   *
   * <p>Every window of an image sees the same extra keys. They are multiplied with all queries of a
   * head at once instead of being repeated for each window.
   */
  public SDVariable attend(Emit emit, ExtraKeys extra) {
    Ops ops = emit.ops();
    int n = site.windowTokens();
    int count = extra.count();
    SDVariable query = emit.value(site.query(), emit.stream()).mul(1 / Math.sqrt(site.headDim()));
    SDVariable key = emit.value(site.key(), emit.stream());
    SDVariable value = emit.value(site.value(), emit.stream());
    SDVariable scores = biased(emit, ops.matmul(query, key, false, true));
    HeadLayout layout = new HeadLayout(site, extra.perImage());
    SDVariable extraScores =
        layout.scatter(
            ops.matmul(
                layout.gather(query, n, site.headDim()),
                layout.heads(extra.keys(), count),
                false,
                true),
            n,
            count);
    SDVariable weights = ops.softmax(ops.concat(3, extraScores, scores));
    SDVariable extraWeights = ops.slice(weights, 3, 0, count);
    SDVariable ownWeights = ops.slice(weights, 3, count, count + (long) keys());
    SDVariable extraContext =
        layout.scatter(
            ops.matmul(
                layout.gather(extraWeights, n, count),
                layout.heads(extra.values(), count),
                false,
                false),
            n,
            site.headDim());
    SDVariable context = ops.matmul(ownWeights, value, false, false).add(extraContext);
    return context.permute(0, 2, 1, 3).reshape(-1, width());
  }

  /** Scores {@code [batch·windows, heads, N, keys]} plus position bias and shift mask, if any. */
  private SDVariable biased(Emit emit, SDVariable scores) {
    if (site.positionBias().isEmpty()) {
      return scores;
    }
    SDVariable bias = emit.value(site.positionBias().get(), emit.stream());
    if (site.mask().isEmpty()) {
      return scores.add(bias);
    }
    int n = site.windowTokens();
    int heads = site.heads();
    int windows = site.windows();
    SDVariable mask = emit.value(site.mask().get(), emit.stream());
    SDVariable both = mask.reshape(windows, 1, n, n).add(bias).reshape(1, windows, heads, n, n);
    return scores.reshape(-1, windows, heads, n, n).add(both).reshape(-1, heads, n, n);
  }
}
