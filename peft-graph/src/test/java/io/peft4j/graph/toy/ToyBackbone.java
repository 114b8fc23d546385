package io.peft4j.graph.toy;

import com.google.common.hash.Hashing;
import io.peft4j.api.Shape;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Cost;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.backbone.ImageInput;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.NoiseInput;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.backbone.TapSite;
import io.peft4j.api.method.Init;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The toy as a backbone: double precision, random weights that depend on their names only. */
public final class ToyBackbone extends ToyNet {
  public static final String IMAGE = "image";

  private final boolean weights;
  private final double dropPath;
  private final Backbone.Builder tables;

  private ToyBackbone(List<Integer> depths, boolean weights, double dropPath) {
    super(SameDiff.create(), depths);
    this.weights = weights;
    this.dropPath = dropPath;
    this.tables = Backbone.builder("toy", sd, DataType.DOUBLE, new ImageInput(IMAGE, 3, 2, 2));
  }

  /** Stages of the given depths. */
  public static Backbone of(Integer... depths) {
    return new ToyBackbone(List.of(depths), true, 0).build();
  }

  /** As {@link #of}, with a mask that drops rows of each block's branch. */
  public static Backbone withDropPath(double rate, Integer... depths) {
    return new ToyBackbone(List.of(depths), true, rate).build();
  }

  /** As {@link #of}, for counting only. */
  public static Backbone withoutWeights(Integer... depths) {
    return new ToyBackbone(List.of(depths), false, 0).build();
  }

  /** A start value that depends on its name alone. */
  public static INDArray value(String name, long... shape) {
    long seed = Hashing.sha256().hashString(name, StandardCharsets.UTF_8).asLong();
    return Init.normal(0.5).create(new SplittableRandom(seed), DataType.DOUBLE, shape);
  }

  /** Images whose values depend on {@code seed}. */
  public static INDArray images(int batch, long seed) {
    return value("images" + seed, batch, 3, 2, 2);
  }

  private Backbone build() {
    if (!weights) {
      tables.withoutWeights();
    }
    SDVariable x = stem(sd.placeHolder(IMAGE, DataType.DOUBLE, -1, 3, 2, 2));
    for (int stage = 0; stage < stages(); stage++) {
      x = stage(stage, x);
      feature(stage, x);
      x = stage < stages() - 1 ? merging(stage, x) : x;
    }
    return tables.build();
  }

  @Override
  protected SDVariable param(String path, Place place, Param.Kind kind, long... shape) {
    SDVariable variable =
        weights
            ? sd.constant(path, value(path, shape))
            : sd.placeHolder(path, DataType.DOUBLE, shape);
    tables.param(new Param(path, place, kind, Shape.of(shape)));
    return variable;
  }

  @Override
  protected SDVariable linear(
      String path, Place place, int rows, SDVariable x, SDVariable weight, SDVariable bias) {
    SDVariable y = ops.linear(x, weight, bias).rename(path);
    long[] shape = weight.getShape();
    int out = (int) shape[0];
    int in = (int) shape[1];
    tables.site(
        new LinearSite(
            path,
            place,
            path,
            x.name(),
            weight.name(),
            weight.name(),
            Optional.of(bias.name()),
            in,
            out,
            rows));
    tables.cost(new Cost(path, Cost.Kind.LINEAR, (long) rows * in * out));
    if (place.role().equals(Role.MLP_FC2)) {
      Place out2 = new Place(place.stage(), place.block(), place.depth(), Role.MLP_OUT);
      String tap = path.replace(".fc2", ".out");
      tables.siteOnPlaced(new TapSite(tap, out2, path, out, rows));
    }
    return y;
  }

  @Override
  protected SDVariable placed(String name, Place place, SDVariable value) {
    SDVariable named = value.rename(name);
    if (place.role().equals(Role.STAGE_OUT)) {
      int stage = place.stage();
      tables.feature(new Feature(name, place, width(stage), rows(stage), 1));
    } else {
      tables.place(name, place);
      boolean joined = place.role().equals(Role.DOWNSAMPLE_NORM);
      int stage = place.stage() + (joined ? 1 : 0);
      tables.cost(new Cost(name, Cost.Kind.NORM, 2L * rows(stage) * width(stage)));
    }
    return named;
  }

  @Override
  protected SDVariable tap(String path, Place place, int rows, int width, SDVariable value) {
    SDVariable named = value.rename(path);
    tables.site(new TapSite(path, place, path, width, rows));
    return named;
  }

  @Override
  protected SDVariable dropRows(String name, int rows, SDVariable value) {
    if (dropPath == 0) {
      return value;
    }
    tables.noise(new NoiseInput(name, dropPath, rows, Shape.of(1)));
    return value.mul(sd.placeHolder(name, DataType.DOUBLE, -1, 1));
  }
}
