package io.peft4j.harness.head;

import com.google.common.primitives.ImmutableIntArray;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.routing.Task;
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
  public Head emit(HeadInput input) {
    List<Feature> features = input.features();
    if (features.size() != channels.length()) {
      throw new InputException(
          "the hrnet decoder has channels %s for %d scales, but the backbone has %d"
              .formatted(channels, channels.length(), features.size()));
    }
    HeadLayers layers = new HeadLayers(input);
    Task task = input.task();
    String path = "decoders." + task.name() + ".last_layer.";
    int tokens = input.tokens();
    SDVariable joined = joinScales(layers, task, features);
    int width0 = channels.stream().sum();
    int hidden = EXPANSION * width0;

    SDVariable h = layers.convolution(path + "0", joined, width0, hidden, tokens);
    SDVariable normed = layers.batchNorm(path + "1", h, hidden, tokens);
    SDVariable active = input.target().ops().relu(normed);
    return layers.head(layers.convolution(path + "3", active, hidden, task.channels(), tokens));
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
      maps[i] = layers.toFinest(y, reduced, f);
    }
    return layers.joined(channels.stream().sum(), maps);
  }
}
