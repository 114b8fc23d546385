package io.peft4j.backbones.build;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.Shape;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Param.Kind;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.method.Init;
import io.peft4j.backbones.weights.PositionGrid;
import io.peft4j.backbones.weights.WeightSpec;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Collects the parameters of a backbone, with the start values of the original codes. */
public final class Tensors {
  /** Start of linear layers and tables in Swin and PVT (timm's trunc_normal_, std .02). */
  private static final Init NORMAL = Init.truncatedNormal(0.02);

  private final ImmutableList.Builder<WeightSpec.Tensor> tensors = ImmutableList.builder();

  /** {@code weight [out, in]} and, if wanted, {@code bias [out]}. */
  public void linear(String path, Place place, int in, int out, boolean bias) {
    add(path + ".weight", place, Kind.WEIGHT, NORMAL, Shape.of(out, in));
    if (bias) {
      add(path + ".bias", place, Kind.BIAS, Init.zeros(), Shape.of(out));
    }
  }

  /**
   * A square kernel {@code weight [out, in, edge, edge]} and its bias. The original codes leave
   * convolutions to PyTorch's default: U(±1/√fanIn), bias alike.
   */
  public void convolution(String path, Place place, int in, int out, int edge) {
    Init init = Init.uniform(1 / Math.sqrt((double) in * edge * edge));
    add(path + ".weight", place, Kind.WEIGHT, init, Shape.of(out, in, edge, edge));
    add(path + ".bias", place, Kind.BIAS, init, Shape.of(out));
  }

  /** {@code weight [width]}, ones, and {@code bias [width]}, zeros. */
  public void norm(String path, Place place, int width) {
    add(path + ".weight", place, Kind.NORM_WEIGHT, Init.ones(), Shape.of(width));
    add(path + ".bias", place, Kind.NORM_BIAS, Init.zeros(), Shape.of(width));
  }

  /**
   * What every block has behind its attention's core: projection, norm and MLP.
   *
   * @param path path of the block
   * @param places its place for a role
   * @param hidden hidden width of the MLP
   */
  public void behindAttention(String path, Function<String, Place> places, int width, int hidden) {
    linear(path + ".attn.proj", places.apply(Role.ATTN_PROJ), width, width, true);
    norm(path + ".norm2", places.apply(Role.NORM2), width);
    linear(path + ".mlp.fc1", places.apply(Role.MLP_FC1), width, hidden, true);
    linear(path + ".mlp.fc2", places.apply(Role.MLP_FC2), hidden, width, true);
  }

  /** A table that says where a token stands. */
  public void position(String path, Place place, long... shape) {
    add(path, place, Kind.POSITION_BIAS, NORMAL, Shape.of(shape));
  }

  /**
   * A table of relative positions of a window: {@code [(2w-1)², heads]}.
   *
   * @param window the window that it is for
   * @param own the architecture's, from which it may be resized; 0 for any
   */
  public void relativePositions(String path, Place place, int window, int own, int heads) {
    Param param = new Param(path, place, Kind.POSITION_BIAS, Shape.of(positions(window), heads));
    long rows = own == 0 ? 0 : positions(own);
    tensors.add(new WeightSpec.Tensor(param, NORMAL, Optional.empty(), rows));
  }

  private static long positions(int window) {
    return (2L * window - 1) * (2L * window - 1);
  }

  /** A table of positions of a grid: {@code [1, extra + height·width, width]}. */
  public void positions(String path, Place place, PositionGrid grid, int width) {
    Param param = new Param(path, place, Kind.POSITION_BIAS, grid.shape(width));
    tensors.add(new WeightSpec.Tensor(param, NORMAL, Optional.of(grid)));
  }

  /** All, in the order in which they were added. */
  public List<WeightSpec.Tensor> all() {
    return tensors.build();
  }

  private void add(String path, Place place, Kind kind, Init init, Shape shape) {
    tensors.add(new WeightSpec.Tensor(new Param(path, place, kind, shape), init));
  }
}
