package io.peft4j.baselines.bottleneck;

import io.peft4j.api.Shape;
import io.peft4j.api.backbone.AttentionSite;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.backbone.ImageInput;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Param.Kind;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.backbone.TapSite;
import io.peft4j.api.method.Init;
import io.peft4j.baselines.oracle.Dense;
import io.peft4j.graph.ops.AuditedOps;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A backbone of one block a stage, in double precision: {@code a = ½x Wᵀ}, {@code x₁ = x + a},
 * {@code m = x₁ Mᵀ}, {@code x₂ = x₁ + m}, the feature; between stages {@code x = x₂ Tᵀ}. It has the
 * taps of a block, and nothing that is not needed to tell where an adapter stands.
 *
 * @param backbone the graph
 * @param widths channels per stage
 */
public record ToyBlocks(Backbone backbone, List<Integer> widths) {
  static final String IMAGE = "image";
  static final int TOKENS = 3;

  /** One block a stage. */
  public static ToyBlocks of(Integer... widths) {
    return new ToyBlocks(new Writer(List.of(widths)).write(), List.of(widths));
  }

  static String path(int stage) {
    return "layers." + stage + ".blocks.0";
  }

  /** {@code x Wᵀ} of a frozen layer. */
  private double[][] linear(double[][] x, String path) {
    double[][] w = backbone.graph().getVariable(path + ".weight").getArr().toDoubleMatrix();
    return Dense.product(x, Dense.transposed(w));
  }

  /** Features of each stage, rows {@code [batch·tokens][C]}, computed without any graph. */
  List<double[][]> features(double[][] rows, PlainAdapter adapter) {
    List<double[][]> features = new ArrayList<>();
    double[][] x = rows;
    for (int s = 0; s < widths.size(); s++) {
      String path = path(s);
      double[][] a = Dense.map(linear(x, path + ".attn.proj"), v -> 0.5 * v);
      double[][] adapted = adapter.serial(path + ".attn.out", a);
      double[][] sum = adapter.parallel(path + ".residual", Dense.sum(x, 1, adapted), x);
      double[][] m = adapter.serial(path + ".mlp.out", linear(sum, path + ".mlp.fc2"));
      double[][] out = adapter.parallel(path + ".out", Dense.sum(sum, 1, m), sum);
      features.add(out);
      x = s == widths.size() - 1 ? out : linear(out, "layers." + s + ".downsample");
    }
    return features;
  }

  private static final class Writer {
    private final List<Integer> widths;
    private final SameDiff sd = SameDiff.create();
    private final AuditedOps ops = new AuditedOps(sd);
    private final Backbone.Builder tables;

    Writer(List<Integer> widths) {
      this.widths = widths;
      ImageInput image = new ImageInput(IMAGE, 1, TOKENS, widths.get(0));
      this.tables = Backbone.builder("toy-blocks", sd, DataType.DOUBLE, image);
    }

    Backbone write() {
      SDVariable image = sd.placeHolder(IMAGE, DataType.DOUBLE, -1, 1, TOKENS, widths.get(0));
      SDVariable x = image.reshape(-1, widths.get(0)).rename("rows");
      for (int s = 0; s < widths.size(); s++) {
        SDVariable out = block(s, x);
        if (s < widths.size() - 1) {
          Place place = new Place(s, -1, 1, Role.DOWNSAMPLE_REDUCTION);
          x = linear("layers." + s + ".downsample", place, out, widths.get(s), widths.get(s + 1));
        }
      }
      return tables.build();
    }

    private SDVariable block(int s, SDVariable x) {
      int c = widths.get(s);
      String path = path(s);
      SDVariable core = x.mul(0.5).rename(path + ".attn.core");
      tables.site(attention(s, core, x));
      SDVariable a = linear(path + ".attn.proj", place(s, Role.ATTN_PROJ), core, c, c);
      tables.siteOnPlaced(tap(path + ".attn.out", s, Role.ATTN_OUT, a));
      SDVariable sum = x.add(a).rename(path + ".residual");
      tables.site(tap(path + ".residual", s, Role.RESIDUAL, sum));
      SDVariable m = linear(path + ".mlp.fc2", place(s, Role.MLP_FC2), sum, c, c);
      tables.siteOnPlaced(tap(path + ".mlp.out", s, Role.MLP_OUT, m));
      SDVariable out = sum.add(m).rename(path);
      tables.site(tap(path + ".out", s, Role.BLOCK_OUT, out));
      SDVariable feature = out.reshape(-1, TOKENS, c).rename("features." + s);
      tables.feature(new Feature(feature.name(), place(s, Role.STAGE_OUT), c, 1, TOKENS));
      return out;
    }

    private AttentionSite attention(int s, SDVariable core, SDVariable x) {
      return new AttentionSite(
          path(s) + ".attn",
          place(s, Role.ATTN_CORE),
          core.name(),
          x.name(),
          x.name(),
          x.name(),
          x.name(),
          x.name(),
          Optional.empty(),
          Optional.empty(),
          1,
          widths.get(s),
          TOKENS,
          1);
    }

    private SDVariable linear(String path, Place place, SDVariable x, int in, int out) {
      INDArray value =
          Init.normal(1).create(new SplittableRandom(path.hashCode()), DataType.DOUBLE, out, in);
      SDVariable w = sd.constant(path + ".weight", value);
      SDVariable y = ops.linear(x, w).rename(path);
      tables.param(new Param(w.name(), place, Kind.WEIGHT, Shape.of(out, in)));
      tables.site(
          new LinearSite(
              path,
              place,
              y.name(),
              x.name(),
              w.name(),
              w.name(),
              Optional.empty(),
              in,
              out,
              TOKENS));
      return y;
    }

    private TapSite tap(String path, int s, String role, SDVariable value) {
      return new TapSite(path, place(s, role), value.name(), widths.get(s), TOKENS);
    }

    private static Place place(int stage, String role) {
      return new Place(stage, 0, 1, role);
    }
  }
}
