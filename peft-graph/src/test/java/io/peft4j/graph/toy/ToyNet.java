package io.peft4j.graph.toy;

import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import io.peft4j.graph.ops.AuditedOps;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * The layers of the toy, on any graph: a stem, stages of gated MLP blocks with norms and residuals,
 * and a merging that joins neighbouring rows between stages.
 *
 * <p>Subclasses say what parameters, linear layers and activations become: a backbone's tables, or
 * an adapted model built by hand.
 */
public abstract class ToyNet {
  /** Rows per image in the first stage; each merging halves them. */
  public static final int ROWS = 4;

  /** Width in the first stage; each merging doubles it. */
  public static final int WIDTH = 4;

  private static final double EPS = 1e-5;

  protected final SameDiff sd;
  protected final AuditedOps ops;
  private final List<Integer> depths;

  protected ToyNet(SameDiff sd, List<Integer> depths) {
    this.sd = sd;
    this.ops = new AuditedOps(sd);
    this.depths = depths;
  }

  /** A parameter of the plain network. */
  protected abstract SDVariable param(String path, Place place, Param.Kind kind, long... shape);

  /** The output of a linear layer of {@code rows} rows an image. */
  protected abstract SDVariable linear(
      String path, Place place, int rows, SDVariable x, SDVariable weight, SDVariable bias);

  /** A placed value that is named {@code name}. */
  protected abstract SDVariable placed(String name, Place place, SDVariable value);

  /** A placed value at which a module may be inserted. */
  protected abstract SDVariable tap(
      String path, Place place, int rows, int width, SDVariable value);

  /** A mask that drops rows of the value, or the value itself. */
  protected abstract SDVariable dropRows(String name, int rows, SDVariable value);

  public static int rows(int stage) {
    return ROWS >> stage;
  }

  public static int width(int stage) {
    return WIDTH << stage;
  }

  public static String block(int stage, int block) {
    return "layers.%d.blocks.%d".formatted(stage, block);
  }

  /** {@code [batch, 3, 2, 2]} images to rows. */
  public SDVariable stem(SDVariable image) {
    Place place = new Place(0, -1, depths.get(0), Role.PATCH_EMBED_PROJ);
    SDVariable rows = image.reshape(-1, 3, ROWS).permute(0, 2, 1).reshape(-1, 3);
    return dense("patch_embed.proj", place, rows, ROWS, 3, WIDTH);
  }

  public SDVariable stage(int stage, SDVariable x) {
    SDVariable y = x;
    for (int block = 0; block < depths.get(stage); block++) {
      y = block(stage, block, y);
    }
    return y;
  }

  public SDVariable block(int stage, int block, SDVariable x) {
    String path = block(stage, block);
    int rows = rows(stage);
    int width = width(stage);
    SDVariable normed = norm(path + ".norm2", place(stage, block, Role.NORM2), x, width);
    SDVariable hidden =
        dense(path + ".mlp.fc1", place(stage, block, Role.MLP_FC1), normed, rows, width, 2 * width);
    // Two halves of one operation, one of which gates the other.
    SDVariable[] halves = sd.split(hidden, 2, 1);
    SDVariable gated = halves[0].mul(ops.sigmoid(halves[1]));
    SDVariable out =
        dense(path + ".mlp.fc2", place(stage, block, Role.MLP_FC2), gated, rows, width, width);
    SDVariable kept = dropRows(path + ".drop_path", rows, out);
    return tap(path, place(stage, block, Role.BLOCK_OUT), rows, width, x.add(kept));
  }

  /** Joins two rows into one and mixes them. */
  public SDVariable merging(int stage, SDVariable x) {
    int width = 2 * width(stage);
    Place norm = new Place(stage, -1, depths.get(stage), Role.DOWNSAMPLE_NORM);
    Place reduction = new Place(stage, -1, depths.get(stage), Role.DOWNSAMPLE_REDUCTION);
    String path = "layers.%d.downsample".formatted(stage);
    SDVariable joined = norm(path + ".norm", norm, x.reshape(-1, width), width);
    return dense(path + ".reduction", reduction, joined, rows(stage + 1), width, width);
  }

  /** Rows as tokens {@code [batch, rows, width]}. */
  public SDVariable feature(int stage, SDVariable x) {
    Place place = place(stage, depths.get(stage) - 1, Role.STAGE_OUT);
    return placed("features." + stage, place, x.reshape(-1, rows(stage), width(stage)));
  }

  protected int stages() {
    return depths.size();
  }

  protected Place place(int stage, int block, String role) {
    return new Place(stage, block, depths.get(stage), role);
  }

  private SDVariable dense(String path, Place place, SDVariable x, int rows, int in, int out) {
    SDVariable weight = param(path + ".weight", place, Param.Kind.WEIGHT, out, in);
    SDVariable bias = param(path + ".bias", place, Param.Kind.BIAS, out);
    return linear(path, place, rows, x, weight, bias);
  }

  private SDVariable norm(String path, Place place, SDVariable x, int width) {
    SDVariable gain = param(path + ".weight", place, Param.Kind.NORM_WEIGHT, width);
    SDVariable offset = param(path + ".bias", place, Param.Kind.NORM_BIAS, width);
    return placed(path, place, ops.layerNorm(x, gain, offset, EPS));
  }
}
