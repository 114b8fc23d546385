package io.peft4j.testkit;

import io.peft4j.api.Shape;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.backbone.ImageInput;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Param.Kind;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import io.peft4j.graph.ops.AuditedOps;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A backbone of one linear layer in double precision, for tests of a method's equation alone: the
 * image {@code [batch, 1, tokens, in]} is its input, tokens {@code [batch, tokens, out]} the
 * feature. To sites it is a fused projection of queries, keys and values.
 */
public final class OneLayerBackbone {
  /** Name of the image. */
  public static final String IMAGE = "image";

  /** Path of the site. */
  public static final String SITE = "linear";

  private OneLayerBackbone() {}

  /**
   * A layer with the given arrays.
   *
   * @param weight {@code [out, in]}
   * @param bias {@code [out]}
   * @param tokens rows of an image
   * @param blocks blocks of the stage in whose first one the layer is; with more than one it is in
   *     no stage's tail
   */
  public static Backbone of(INDArray weight, INDArray bias, int tokens, int blocks) {
    int out = (int) weight.size(0);
    int in = (int) weight.size(1);
    SameDiff sd = SameDiff.create();
    SDVariable image = sd.placeHolder(IMAGE, DataType.DOUBLE, -1, 1, tokens, in);
    SDVariable x = image.reshape(-1, in).rename("rows");
    SDVariable w = sd.constant(SITE + ".weight", weight.castTo(DataType.DOUBLE));
    SDVariable b = sd.constant(SITE + ".bias", bias.castTo(DataType.DOUBLE));
    new AuditedOps(sd).linear(x, w, b).rename(SITE).reshape(-1, tokens, out).rename("features.0");
    Place place = new Place(0, 0, blocks, Role.ATTN_QKV);
    Place end = new Place(0, blocks - 1, blocks, Role.STAGE_OUT);
    return Backbone.builder("one-layer", sd, DataType.DOUBLE, new ImageInput(IMAGE, 1, tokens, in))
        .param(new Param(w.name(), place, Kind.WEIGHT, Shape.of(out, in)))
        .param(new Param(b.name(), place, Kind.BIAS, Shape.of(out)))
        .site(
            new LinearSite(
                SITE,
                place,
                SITE,
                "rows",
                w.name(),
                w.name(),
                Optional.of(b.name()),
                in,
                out,
                tokens))
        .feature(new Feature("features.0", end, out, 1, tokens))
        .build();
  }
}
