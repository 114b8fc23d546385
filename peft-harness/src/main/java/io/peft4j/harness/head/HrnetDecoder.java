package io.peft4j.harness.head;

import com.google.common.primitives.ImmutableIntArray;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.emitted.TargetGraph;
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
    HeadLayers layers = new HeadLayers(target);
    String path = "decoders." + task.name() + ".last_layer.";
    Feature finest = features.get(0);
    int tokens = finest.height() * finest.width();
    SDVariable joined = joinScales(layers, task, features);
    int width0 = channels.stream().sum();
    int hidden = EXPANSION * width0;

    SDVariable h = layers.convolution(path + "0", joined, width0, hidden, tokens);
    SDVariable normed = layers.batchNorm(path + "1", h, hidden, training, tokens);
    SDVariable out =
        layers.convolution(path + "3", target.ops().relu(normed), hidden, task.channels(), tokens);
    return new Head(
        layers.prediction(out, task.channels(), finest, height, width), layers.statistics());
  }

  /** Reduced scales at the finest grid, as rows {@code [batch·tokens, Σchannels]}. */
  private SDVariable joinScales(HeadLayers layers, Task task, List<Feature> features) {
    SDVariable[] maps = new SDVariable[features.size()];
    for (int i = 0; i < maps.length; i++) {
      Feature f = features.get(i);
      int reduced = channels.get(i);
      String path = "downsampler.%s.downsample_%d".formatted(task.name(), i);
      SDVariable y =
          layers.unbiasedConvolution(
              path, layers.rows(f), f.channels(), reduced, f.height() * f.width());
      maps[i] = layers.resized(y, reduced, f, features.get(0));
    }
    return layers.joined(channels.stream().sum(), maps);
  }
}
