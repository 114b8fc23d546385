package io.peft4j.harness.head;

import com.google.common.primitives.ImmutableIntArray;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Cost;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Ops;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.emitted.TargetGraph;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * Per-task channel reducers and the HRNet head (reference-spec, sections a4 and a5; Wang et al.
 * 2020).
 *
 * <p>Each scale is reduced by a 1×1 convolution without bias; scales 1…3 are resized bilinearly to
 * scale 0 and concatenated; 1×1 convolution to 4·Σchannels with bias, batch norm, ReLU, 1×1
 * convolution to the task's channels; bilinear resize to the image. Parameters are named as in the
 * reference: {@code downsampler.<task>.downsample_<i>.weight}, {@code
 * decoders.<task>.last_layer.{0,1,3}.…}; kernels are {@code [out, in, 1, 1]}.
 */
public final class HrnetDecoder implements Decoder {
  /** Reduced channels of the reference, for backbones of Swin-Tiny's size and above. */
  public static final ImmutableIntArray REFERENCE_CHANNELS = ImmutableIntArray.of(18, 36, 72, 144);

  private static final int EXPANSION = 4;
  private static final double BATCH_NORM_EPS = 1e-5;

  private final ImmutableIntArray channels;

  /** A decoder with reduced channels per scale. */
  public HrnetDecoder(ImmutableIntArray channels) {
    if (channels.isEmpty() || channels.stream().anyMatch(c -> c < 1)) {
      throw new InputException("decoder channels %s must be positive".formatted(channels));
    }
    this.channels = channels;
  }

  @Override
  public String id() {
    return "hrnet";
  }

  @Override
  public Head emit(
      TargetGraph target,
      Task task,
      List<Feature> features,
      SDVariable training,
      int height,
      int width) {
    if (features.size() != channels.length()) {
      throw new InputException(
          "the hrnet decoder has channels %s for %d scales, but the backbone has %d"
              .formatted(channels, channels.length(), features.size()));
    }
    Layers layers = new Layers(target, "decoders." + task.name() + ".last_layer.");
    Feature finest = features.get(0);
    int tokens = finest.height() * finest.width();
    SDVariable joined = joinScales(target, task, features);
    int width0 = channels.stream().sum();
    int hidden = EXPANSION * width0;

    SDVariable h = layers.convolution("0", joined, width0, hidden, tokens);
    Ops.BatchNorm norm = layers.batchNorm("1", h, hidden, training, tokens);
    SDVariable out =
        layers.convolution("3", target.ops().relu(norm.output()), hidden, task.channels(), tokens);

    SDVariable maps =
        out.reshape(-1, tokens, task.channels())
            .permute(0, 2, 1)
            .reshape(-1, finest.height(), finest.width());
    SDVariable prediction =
        target
            .ops()
            .resizeBilinear(maps, finest.height(), finest.width(), height, width)
            .reshape(-1, task.channels(), height, width);
    return new Head(prediction, layers.statistics);
  }

  /** Reduced scales at the finest grid, as rows {@code [batch·tokens, Σchannels]}. */
  private SDVariable joinScales(TargetGraph target, Task task, List<Feature> features) {
    Feature finest = features.get(0);
    int tokens = finest.height() * finest.width();
    SDVariable[] maps = new SDVariable[features.size()];
    for (int i = 0; i < maps.length; i++) {
      Feature f = features.get(i);
      int grid = f.height() * f.width();
      int reduced = channels.get(i);
      String name = "downsampler.%s.downsample_%d.weight".formatted(task.name(), i);
      SDVariable kernel =
          target.decoderParam(name, Init.kaimingUniform(), reduced, f.channels(), 1, 1);
      SDVariable rows = target.graph().getVariable(f.name()).reshape(-1, f.channels());
      SDVariable y = target.ops().linear(rows, kernel.reshape(reduced, f.channels()));
      target.cost(
          new Cost(
              y.name(), Cost.Kind.LINEAR, Math.multiplyExact((long) grid * reduced, f.channels())));
      SDVariable map =
          y.reshape(-1, grid, reduced).permute(0, 2, 1).reshape(-1, f.height(), f.width());
      maps[i] =
          target
              .ops()
              .resizeBilinear(map, f.height(), f.width(), finest.height(), finest.width())
              .reshape(-1, reduced, tokens);
    }
    int all = channels.stream().sum();
    return target.ops().concat(1, maps).permute(0, 2, 1).reshape(-1, all);
  }

  /** Layers of one head, with their parameters, costs and statistics. */
  private static final class Layers {
    private final TargetGraph target;
    private final String prefix;
    private final List<RunningStatistic> statistics = new ArrayList<>();

    Layers(TargetGraph target, String prefix) {
      this.target = target;
      this.prefix = prefix;
    }

    SDVariable convolution(String index, SDVariable rows, int in, int out, int tokens) {
      SDVariable kernel =
          target.decoderParam(prefix + index + ".weight", Init.kaimingUniform(), out, in, 1, 1);
      // PyTorch draws a convolution's bias from ±1/√fanIn.
      SDVariable bias =
          target.decoderParam(prefix + index + ".bias", Init.uniform(1 / Math.sqrt(in)), out);
      SDVariable y = target.ops().linear(rows, kernel.reshape(out, in), bias);
      target.cost(
          new Cost(y.name(), Cost.Kind.LINEAR, Math.multiplyExact((long) tokens * in, out)));
      return y;
    }

    Ops.BatchNorm batchNorm(
        String index, SDVariable rows, int width, SDVariable training, int tokens) {
      String name = prefix + index + ".";
      SDVariable mean = target.buffer(name + "running_mean", Init.zeros(), width);
      SDVariable variance = target.buffer(name + "running_var", Init.ones(), width);
      Ops.BatchNorm norm =
          target
              .ops()
              .batchNorm(
                  rows,
                  target.decoderParam(name + "weight", Init.ones(), width),
                  target.decoderParam(name + "bias", Init.zeros(), width),
                  mean,
                  variance,
                  training,
                  BATCH_NORM_EPS);
      target.cost(new Cost(norm.output().name(), Cost.Kind.BATCH_NORM, 4L * tokens * width));
      statistics.add(
          new RunningStatistic(
              mean.name(),
              variance.name(),
              norm.batchMean().name(),
              norm.batchVariance().name(),
              tokens));
      return norm;
    }
  }
}
