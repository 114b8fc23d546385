package io.peft4j.baselines.vpt;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.AttentionSite;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.backbone.Site;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Ops;
import io.peft4j.baselines.attention.AttendedSite;
import io.peft4j.baselines.attention.ExtraKeys;
import io.peft4j.baselines.attention.HeadLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Prompts that enter with the first block and travel, as in the original code for Swin: in every
 * block they are normalised like tokens, stand beside the tokens of each window, without position
 * bias and mask, are averaged over the windows, and pass residual sum and MLP; before a patch
 * merging each is laid four times side by side.
 *
 * <p>The original tiles and averages prompts with windows outermost where windows lie images
 * outermost, so that in a batch the prompts of different images mix; here each image keeps its own.
 * Its drop-path is off, as it trains in evaluation mode.
 */
final class TravellingPrompts {
  /** Epsilon of every norm of a published Swin. */
  private static final double EPS = 1e-5;

  private final ImmutableList<Stop> stops;
  private final int count;

  /** What was emitted last: one model asks for each block, and its prompts build on each other. */
  private @Nullable SameDiff graph;

  private final Map<String, SDVariable> entering = new HashMap<>();

  /**
   * A block that prompts pass.
   *
   * @param attended its attention
   * @param proj projection after it
   * @param residual variable that enters norm and MLP
   * @param mlp variable that leaves the MLP
   * @param tokens tokens of an image; windows may hold more, for padding
   * @param merging patch merging before the block, where there is one
   */
  private record Stop(
      AttendedSite attended,
      LinearSite proj,
      String residual,
      String mlp,
      int tokens,
      @Nullable Merging merging) {}

  private record Merging(LinearSite reduction, String gain, String offset) {}

  /**
   * Prompts on a backbone.
   *
   * @throws InputException if it has no windows or no patch merging to travel through
   */
  TravellingPrompts(Backbone backbone, List<AttendedSite> attended, int count) {
    this.count = count;
    ImmutableList.Builder<Stop> all = ImmutableList.builder();
    for (AttendedSite a : attended) {
      Place place = a.site().place();
      if (!a.keyValue().place().role().equals(Role.ATTN_QKV)) {
        throw new InputException(
            ("official: prompts travel as tokens with queries, keys and values of one projection,"
                    + " which %s does not have; leave official out, or choose vpt-deep")
                .formatted(backbone.id()));
      }
      all.add(
          new Stop(
              a,
              (LinearSite) site(backbone, place, Role.ATTN_PROJ),
              site(backbone, place, Role.RESIDUAL).output(),
              site(backbone, place, Role.MLP_OUT).output(),
              site(backbone, place, Role.RESIDUAL).rows(),
              place.block() == 0 && place.stage() > 0
                  ? merging(backbone, place.stage() - 1)
                  : null));
    }
    this.stops = all.build();
  }

  /** Keys and values that the prompts have when they enter the block of an attention. */
  ExtraKeys keys(Emit emit, AttentionSite site, SDVariable prompts) {
    int block = indexOf(site);
    Projected projected = project(emit, block, entering(emit, block, prompts));
    return new ExtraKeys(projected.key(), projected.value(), count, true);
  }

  /** Rows {@code [batch·count, C]} that enter a block. */
  private SDVariable entering(Emit emit, int block, SDVariable prompts) {
    SameDiff now = prompts.getSameDiff();
    if (graph != now) {
      graph = now;
      entering.clear();
    }
    String key = block + "@" + emit.stream().id();
    SDVariable known = entering.get(key);
    if (known == null) {
      known = block == 0 ? forEveryImage(emit, prompts) : leaving(emit, block - 1, prompts);
      Merging merging = stops.get(block).merging();
      if (merging != null) {
        known = merged(emit, merging, known);
      }
      entering.put(key, known);
    }
    return known;
  }

  /** The prompts once for each image: the batch is known from the tokens alone. */
  private SDVariable forEveryImage(Emit emit, SDVariable prompts) {
    AttendedSite first = stops.get(0).attended();
    int width = first.width();
    long tokens = stops.get(0).tokens();
    SDVariable x = emit.value(first.site().normIn(), emit.stream());
    SDVariable nothing = emit.ops().slice(x.reshape(-1, tokens, width), 1, 0, 1).mul(0.0);
    return nothing.add(prompts.reshape(1, count, width)).reshape(-1, width);
  }

  private SDVariable leaving(Emit emit, int block, SDVariable prompts) {
    Stop stop = stops.get(block);
    SDVariable x = entering(emit, block, prompts);
    SDVariable context = context(emit, stop, project(emit, block, x));
    LinearSite proj = stop.proj();
    SDVariable sum = x.add(emit.apply(proj.input(), context, proj.output(), emit.stream()));
    return sum.add(emit.apply(stop.residual(), sum, stop.mlp(), emit.stream()));
  }

  private record Projected(SDVariable query, SDVariable key, SDVariable value) {}

  private Projected project(Emit emit, int block, SDVariable x) {
    AttendedSite a = stops.get(block).attended();
    SDVariable normed = emit.apply(a.site().normIn(), x, a.site().normOut(), emit.stream());
    LinearSite qkv = a.keyValue();
    SDVariable all = emit.apply(qkv.input(), normed, qkv.output(), emit.stream());
    Ops ops = emit.ops();
    long width = a.width();
    return new Projected(
        ops.slice(all, 1, 0, width),
        ops.slice(all, 1, width, 2 * width),
        ops.slice(all, 1, 2 * width, 3 * width));
  }

  /** What the prompts' queries find in each window, averaged over windows: rows {@code [.., C]}. */
  private SDVariable context(Emit emit, Stop stop, Projected p) {
    Ops ops = emit.ops();
    AttentionSite site = stop.attended().site();
    int n = site.windowTokens();
    int windows = site.windows();
    int heads = site.heads();
    int d = site.headDim();
    HeadLayout layout = new HeadLayout(site, true);
    SDVariable query = layout.heads(p.query(), count).mul(1 / Math.sqrt(d));
    SDVariable keys = layout.gather(emit.value(site.key(), emit.stream()), n, d);
    SDVariable values = layout.gather(emit.value(site.value(), emit.stream()), n, d);
    SDVariable toTokens =
        ops.matmul(query, keys, false, true).reshape(-1, heads, count, windows, n);
    SDVariable each =
        emit.frozen(
            "prompts_windows." + windows,
            () -> Nd4j.zeros(emit.base(stop.proj().weight()).dataType(), 1, 1, 1, windows, 1),
            1,
            1,
            1,
            windows,
            1);
    SDVariable toPrompts =
        ops.matmul(query, layout.heads(p.key(), count), false, true)
            .reshape(-1, heads, count, 1, count)
            .add(each);
    SDVariable weights = ops.softmax(ops.concat(4, toPrompts, toTokens));
    SDVariable ofTokens =
        ops.slice(weights, 4, count, (long) count + n)
            .reshape(-1, heads, count, (long) windows * n)
            .mul(1.0 / windows);
    SDVariable ofPrompts = ops.mean(ops.slice(weights, 4, 0, count), false, 3);
    SDVariable context =
        ops.matmul(ofTokens, values, false, false)
            .add(ops.matmul(ofPrompts, layout.heads(p.value(), count), false, false));
    return context.permute(0, 2, 1, 3).reshape(-1, (long) heads * d);
  }

  /** Four copies side by side, then norm and layer of the merging. */
  private SDVariable merged(Emit emit, Merging merging, SDVariable x) {
    Ops ops = emit.ops();
    LinearSite reduction = merging.reduction();
    // the tokens' merging first, so that constants of equal norms are the backbone's own
    emit.value(reduction.output(), emit.stream());
    SDVariable normed =
        ops.layerNorm(
            ops.concat(1, x, x, x, x),
            emit.value(merging.gain(), emit.stream()),
            emit.value(merging.offset(), emit.stream()),
            EPS);
    return emit.apply(reduction.input(), normed, reduction.output(), emit.stream());
  }

  private int indexOf(AttentionSite site) {
    for (int i = 0; i < stops.size(); i++) {
      if (stops.get(i).attended().site().path().equals(site.path())) {
        return i;
      }
    }
    throw new IllegalArgumentException("no block has the attention " + site.path());
  }

  private static Site site(Backbone backbone, Place block, String role) {
    return backbone.sites().stream()
        .filter(s -> s.place().stage() == block.stage() && s.place().block() == block.block())
        .filter(s -> s.place().role().equals(role))
        .findFirst()
        .orElseThrow(() -> missing(backbone, role));
  }

  private static Merging merging(Backbone backbone, int stage) {
    LinearSite reduction =
        backbone.linearSites().stream()
            .filter(l -> l.place().stage() == stage)
            .filter(l -> l.place().role().equals(Role.DOWNSAMPLE_REDUCTION))
            .findFirst()
            .orElseThrow(() -> missing(backbone, Role.DOWNSAMPLE_REDUCTION));
    return new Merging(
        reduction,
        norm(backbone, stage, Param.Kind.NORM_WEIGHT),
        norm(backbone, stage, Param.Kind.NORM_BIAS));
  }

  private static String norm(Backbone backbone, int stage, Param.Kind kind) {
    return backbone.params().stream()
        .filter(p -> p.kind() == kind && p.place().stage() == stage)
        .filter(p -> p.place().role().equals(Role.DOWNSAMPLE_NORM))
        .findFirst()
        .orElseThrow(() -> missing(backbone, Role.DOWNSAMPLE_NORM))
        .path();
  }

  private static InputException missing(Backbone backbone, String role) {
    return new InputException(
        "official: %s has no %s for prompts to travel through; leave official out, or choose vpt-deep"
            .formatted(backbone.id(), role));
  }
}
