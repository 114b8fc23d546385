package io.peft4j.api.select;

import io.peft4j.api.Shape;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.ImageInput;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Param.Kind;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;

/** The site and parameter tables of a Swin without its computation; no array is made. */
final class SwinTables {
  private static final int WINDOW = 7;

  private final SameDiff sd = SameDiff.create();
  private final Backbone.Builder builder =
      Backbone.builder("swin-test", sd, DataType.FLOAT, new ImageInput("image", 3, 56, 56))
          .withoutWeights();

  private SwinTables() {}

  /** Swin-Tiny. */
  static Backbone tiny() {
    return of(96, new int[] {2, 2, 6, 2}, new int[] {3, 6, 12, 24});
  }

  /** A Swin of the given width, depths and heads. */
  static Backbone of(int width, int[] depths, int[] heads) {
    SwinTables tables = new SwinTables();
    tables.patchEmbedding(width, depths[0]);
    for (int s = 0; s < depths.length; s++) {
      int dim = width << s;
      for (int b = 0; b < depths[s]; b++) {
        tables.block("layers.%d.blocks.%d.".formatted(s, b), s, b, depths[s], dim, heads[s]);
      }
      if (s < depths.length - 1) {
        tables.merging("layers.%d.downsample.".formatted(s), s, depths[s], dim);
      }
    }
    return tables.builder.build();
  }

  private void patchEmbedding(int width, int depth) {
    Place place = new Place(0, -1, depth, Role.PATCH_EMBED_PROJ);
    site("patch_embed.proj", place, 48, width, Shape.of(width, 3, 4, 4), true);
    norm("patch_embed.norm", new Place(0, -1, depth, Role.PATCH_EMBED_NORM), width);
  }

  private void block(String prefix, int stage, int block, int depth, int dim, int heads) {
    norm(prefix + "norm1", new Place(stage, block, depth, Role.NORM1), dim);
    param(
        prefix + "attn.relative_position_bias_table",
        new Place(stage, block, depth, Role.ATTN_CORE),
        Kind.POSITION_BIAS,
        Shape.of((2L * WINDOW - 1) * (2L * WINDOW - 1), heads));
    linear(prefix + "attn.qkv", new Place(stage, block, depth, Role.ATTN_QKV), dim, 3 * dim, true);
    linear(prefix + "attn.proj", new Place(stage, block, depth, Role.ATTN_PROJ), dim, dim, true);
    norm(prefix + "norm2", new Place(stage, block, depth, Role.NORM2), dim);
    linear(prefix + "mlp.fc1", new Place(stage, block, depth, Role.MLP_FC1), dim, 4 * dim, true);
    linear(prefix + "mlp.fc2", new Place(stage, block, depth, Role.MLP_FC2), 4 * dim, dim, true);
  }

  private void merging(String prefix, int stage, int depth, int dim) {
    norm(prefix + "norm", new Place(stage, -1, depth, Role.DOWNSAMPLE_NORM), 4 * dim);
    Place place = new Place(stage, -1, depth, Role.DOWNSAMPLE_REDUCTION);
    linear(prefix + "reduction", place, 4 * dim, 2 * dim, false);
  }

  private void norm(String path, Place place, int width) {
    param(path + ".weight", place, Kind.NORM_WEIGHT, Shape.of(width));
    param(path + ".bias", place, Kind.NORM_BIAS, Shape.of(width));
  }

  private void linear(String path, Place place, int in, int out, boolean bias) {
    site(path, place, in, out, Shape.of(out, in), bias);
  }

  private void site(String path, Place place, int in, int out, Shape weight, boolean bias) {
    param(path + ".weight", place, Kind.WEIGHT, weight);
    if (bias) {
      param(path + ".bias", place, Kind.BIAS, Shape.of(out));
    }
    variable(path + ".in");
    variable(path);
    Optional<String> biasPath = bias ? Optional.of(path + ".bias") : Optional.empty();
    builder.site(
        new LinearSite(
            path,
            place,
            path,
            path + ".in",
            path + ".weight",
            path + ".weight",
            biasPath,
            in,
            out,
            1));
  }

  private void param(String path, Place place, Kind kind, Shape shape) {
    variable(path);
    builder.param(new Param(path, place, kind, shape));
  }

  private void variable(String name) {
    sd.placeHolder(name, DataType.FLOAT);
  }
}
