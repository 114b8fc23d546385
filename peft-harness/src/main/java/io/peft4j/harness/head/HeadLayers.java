package io.peft4j.harness.head;

import io.peft4j.api.backbone.Cost;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.backbone.Param.Kind;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Ops;
import io.peft4j.api.routing.Stream;
import io.peft4j.graph.emitted.TargetGraph;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * Layers that heads are made of, on rows {@code [batch·tokens, channels]}, with their parameters,
 * costs and running statistics. They start as PyTorch's do.
 */
final class HeadLayers {
  private static final double BATCH_NORM_EPS = 1e-5;

  private final HeadInput input;
  private final TargetGraph target;
  private final Stream stream;
  private final List<Decoder.RunningStatistic> statistics = new ArrayList<>();

  HeadLayers(HeadInput input) {
    this.input = input;
    this.target = input.target();
    this.stream = input.stream();
  }

  /** Tokens of a feature as rows. */
  SDVariable rows(Feature feature) {
    return target.graph().getVariable(feature.name()).reshape(-1, feature.channels());
  }

  /** Linear layer with bias, weight {@code [out, in]}. */
  SDVariable linear(String path, SDVariable rows, int in, int out, int tokens) {
    SDVariable weight =
        target.decoderParam(path + ".weight", stream, Kind.WEIGHT, Init.kaimingUniform(), out, in);
    return costing(target.ops().linear(rows, weight, bias(path, in, out)), in, out, tokens);
  }

  /** 1×1 convolution with bias, kernel {@code [out, in, 1, 1]}. */
  SDVariable convolution(String path, SDVariable rows, int in, int out, int tokens) {
    return costing(
        target.ops().linear(rows, kernel(path, in, out), bias(path, in, out)), in, out, tokens);
  }

  /** 1×1 convolution without bias, kernel {@code [out, in, 1, 1]}. */
  SDVariable unbiasedConvolution(String path, SDVariable rows, int in, int out, int tokens) {
    return costing(target.ops().linear(rows, kernel(path, in, out)), in, out, tokens);
  }

  /** Batch norm with running statistics. */
  SDVariable batchNorm(String path, SDVariable rows, int width, int tokens) {
    SDVariable mean = target.buffer(path + ".running_mean", stream, Init.zeros(), width);
    SDVariable variance = target.buffer(path + ".running_var", stream, Init.ones(), width);
    Ops.BatchNorm norm =
        target
            .ops()
            .batchNorm(
                rows,
                target.decoderParam(path + ".weight", stream, Kind.NORM_WEIGHT, Init.ones(), width),
                target.decoderParam(path + ".bias", stream, Kind.NORM_BIAS, Init.zeros(), width),
                mean,
                variance,
                input.training(),
                BATCH_NORM_EPS);
    target.cost(new Cost(norm.output().name(), Cost.Kind.BATCH_NORM, 4L * tokens * width));
    statistics.add(
        new Decoder.RunningStatistic(
            mean.name(),
            variance.name(),
            norm.batchMean().name(),
            norm.batchVariance().name(),
            tokens));
    return norm.output();
  }

  /**
   * Rows on the grid of a feature resized bilinearly to the finest grid.
   *
   * @return maps {@code [batch, width, tokens]}
   */
  SDVariable toFinest(SDVariable rows, int width, Feature from) {
    Feature finest = input.finest();
    return resized(rows, width, from, finest.height(), finest.width())
        .reshape(-1, width, input.tokens());
  }

  /** Maps side by side, along channels, as rows {@code [batch·tokens, width]}. */
  SDVariable joined(int width, SDVariable... maps) {
    return target.ops().concat(1, maps).permute(0, 2, 1).reshape(-1, width);
  }

  /**
   * The head whose last layer gave these rows, of the task's channels on the finest grid: resized
   * bilinearly to the image, or averaged where one answer an image is wanted, with the statistics
   * of the batch norms so far.
   */
  Decoder.Head head(SDVariable rows) {
    int channels = input.task().channels();
    SDVariable prediction =
        input.isPerImage()
            ? target.ops().mean(rows.reshape(-1, input.tokens(), channels), false, 1)
            : resized(rows, channels, input.finest(), input.height(), input.width());
    return new Decoder.Head(
        prediction.reshape(-1, channels, input.height(), input.width()), statistics);
  }

  /** Rows on the grid of a feature as maps {@code [batch·channels, height, width]}, resized. */
  private SDVariable resized(SDVariable rows, int channels, Feature grid, int height, int width) {
    SDVariable maps =
        rows.reshape(-1, (long) grid.height() * grid.width(), channels)
            .permute(0, 2, 1)
            .reshape(-1, grid.height(), grid.width());
    return target.ops().resizeBilinear(maps, grid.height(), grid.width(), height, width);
  }

  private SDVariable kernel(String path, int in, int out) {
    return target
        .decoderParam(path + ".weight", stream, Kind.WEIGHT, Init.kaimingUniform(), out, in, 1, 1)
        .reshape(out, in);
  }

  /** PyTorch draws a layer's bias from ±1/√fanIn. */
  private SDVariable bias(String path, int in, int out) {
    return target.decoderParam(
        path + ".bias", stream, Kind.BIAS, Init.uniform(1 / Math.sqrt(in)), out);
  }

  private SDVariable costing(SDVariable y, int in, int out, int tokens) {
    long macs = Math.multiplyExact((long) tokens * in, out);
    target.cost(new Cost(y.name(), Cost.Kind.LINEAR, macs));
    return y;
  }
}
