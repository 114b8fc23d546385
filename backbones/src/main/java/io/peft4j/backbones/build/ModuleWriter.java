package io.peft4j.backbones.build;

import io.peft4j.api.Shape;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Cost;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.NoiseInput;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.TapSite;
import io.peft4j.api.method.Ops;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.backbones.weights.WeightSpec;
import io.peft4j.graph.ops.ValueNames;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Writes modules into a graph, names every value after the module that computes it, and keeps the
 * tables of the backbone in step with the graph.
 */
public final class ModuleWriter {
  private final SameDiff sd;
  private final Ops ops;
  private final Backbone.Builder tables;
  private final DataType type;
  private final double eps;
  private final ValueNames names;
  private final Map<String, Param> params = new LinkedHashMap<>();

  /**
   * Declares every parameter of {@code spec} in the graph.
   *
   * @param ops operations on {@code sd}
   * @param eps epsilon of layer norms
   */
  public ModuleWriter(
      SameDiff sd,
      Ops ops,
      Backbone.Builder tables,
      WeightSpec spec,
      WeightSource source,
      DataType type,
      double eps) {
    this.sd = sd;
    this.ops = ops;
    this.tables = tables;
    this.type = type;
    this.eps = eps;
    this.names = new ValueNames(sd);
    source.check(spec);
    boolean complete = true;
    for (WeightSpec.Tensor tensor : spec.tensors()) {
      Param param = tensor.param();
      Optional<INDArray> array = source.array(tensor, type);
      if (array.isPresent()) {
        sd.constant(param.path(), array.get());
      } else {
        sd.placeHolder(param.path(), type, param.shape().toArray());
        complete = false;
      }
      tables.param(param);
      params.put(param.path(), param);
    }
    if (!complete) {
      tables.withoutWeights();
    }
  }

  /** Operations on the graph. */
  public Ops ops() {
    return ops;
  }

  /** The tables in the making. */
  public Backbone.Builder tables() {
    return tables;
  }

  /** Data type of parameters and activations. */
  public DataType type() {
    return type;
  }

  /** The parameter with this path. */
  public SDVariable param(String path) {
    return sd.getVariable(path);
  }

  /** A constant that is no parameter; not saved, not counted. */
  public SDVariable constant(String name, INDArray value) {
    return ops.constant(name, value);
  }

  /** Gives a value its name, and names what it was computed through after it. */
  public SDVariable name(String name, SDVariable value) {
    return names.name(name, value);
  }

  /** Places a value. */
  public void place(SDVariable value, Place place) {
    tables.place(value.name(), place);
  }

  /** Notes what computing a value costs, for one image. */
  public void cost(SDVariable value, Cost.Kind kind, long macs) {
    tables.cost(new Cost(value.name(), kind, macs));
  }

  /**
   * A tap on {@code rows [B·n, width]}.
   *
   * @param isPlaced whether another site has placed the value already
   */
  public void tap(String path, Place place, SDVariable rows, int width, int n, boolean isPlaced) {
    TapSite site = new TapSite(path, place, rows.name(), width, n);
    if (isPlaced) {
      tables.siteOnPlaced(site);
    } else {
      tables.site(site);
    }
  }

  /** Rows {@code [B·height·columns, width]} as a feature of that name, not in the tables yet. */
  public Feature feature(
      String name, Place place, SDVariable rows, int width, int height, int columns) {
    SDVariable tokens = name(name, rows.reshape(-1, (long) height * columns, width));
    return new Feature(tokens.name(), place, width, height, columns);
  }

  /** A linear layer with its site: {@code x [B·rows, in]} to {@code [B·rows, out]}. */
  public SDVariable linear(String path, Place place, SDVariable x, int rows) {
    return linear(path, place, x, param(path + ".weight"), rows);
  }

  /** As {@link #linear(String, Place, SDVariable, int)}, the weight seen as {@code matrix}. */
  private SDVariable linear(String path, Place place, SDVariable x, SDVariable matrix, int rows) {
    SDVariable y = product(path, x, matrix, rows);
    Shape shape = params.get(path + ".weight").shape();
    int out = Math.toIntExact(shape.dim(0));
    int in = Math.toIntExact(shape.size() / out);
    tables.site(
        new LinearSite(
            path,
            place,
            y.name(),
            x.name(),
            path + ".weight",
            matrix.name(),
            Optional.of(path + ".bias").filter(params::containsKey),
            in,
            out,
            rows));
    return y;
  }

  /**
   * A convolution whose stride is its kernel's edge, on rows of {@link Patches}: a linear layer
   * with its site, the kernel seen as {@code [out, in·edge²]}.
   */
  public SDVariable convolution(String path, Place place, SDVariable patches, int rows) {
    Shape kernel = params.get(path + ".weight").shape();
    SDVariable matrix =
        name(
            path + ".weight.matrix",
            param(path + ".weight").reshape(kernel.dim(0), kernel.size() / kernel.dim(0)));
    return linear(path, place, patches, matrix, rows);
  }

  /** A linear layer that methods do not adapt: placed and counted, but no site. */
  public SDVariable fixedLinear(String path, Place place, SDVariable x, int rows) {
    SDVariable y = product(path, x, param(path + ".weight"), rows);
    place(y, place);
    return y;
  }

  private SDVariable product(String path, SDVariable x, SDVariable matrix, int rows) {
    String bias = path + ".bias";
    SDVariable y =
        name(
            path,
            params.containsKey(bias) ? ops.linear(x, matrix, param(bias)) : ops.linear(x, matrix));
    cost(y, Cost.Kind.LINEAR, rows * params.get(path + ".weight").shape().size());
    return y;
  }

  /** A layer norm over {@code x [B·rows, width]}, with the writer's epsilon. */
  public SDVariable norm(String path, Place place, SDVariable x, int rows) {
    return norm(path, place, x, rows, eps);
  }

  /** A layer norm over {@code x [B·rows, width]} with an epsilon of its own. */
  public SDVariable norm(String path, Place place, SDVariable x, int rows, double epsilon) {
    String gain = path + ".weight";
    SDVariable y = name(path, ops.layerNorm(x, param(gain), param(path + ".bias"), epsilon));
    place(y, place);
    cost(y, Cost.Kind.NORM, 2L * rows * params.get(gain).shape().size());
    return y;
  }

  /**
   * Drop-path (Huang et al. 2016): one mask entry per image, over {@code x [B·rows, width]}; {@code
   * x} itself if the rate is 0.
   */
  public SDVariable dropPath(String path, SDVariable x, double rate, int rows, int width) {
    if (rate == 0) {
      return x;
    }
    String mask = path + ".mask";
    SDVariable entries = sd.placeHolder(mask, type, -1, 1);
    tables.noise(new NoiseInput(mask, rate, 1, Shape.of(1)));
    SDVariable images = x.reshape(-1, (long) rows * width);
    return name(path, images.mul(entries).reshape(-1, width));
  }
}
