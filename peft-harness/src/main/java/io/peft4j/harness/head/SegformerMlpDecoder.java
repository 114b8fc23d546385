package io.peft4j.harness.head;

import com.google.common.collect.Lists;
import io.peft4j.api.InputException;
import io.peft4j.api.Shape;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.backbone.NoiseInput;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.emitted.TargetGraph;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * The all-MLP head of SegFormer (Xie et al., NeurIPS 2021, section 3.2), one per task: the decoder
 * of the benchmark of Polyhistor (Liu et al., NeurIPS 2022).
 *
 * <p>With width D: each scale goes through a linear layer to D channels and is resized bilinearly
 * to the finest; scales are concatenated from coarse to fine; 1×1 convolution to D without bias,
 * batch norm, ReLU, dropout of whole channels, 1×1 convolution to the task's n channels; bilinear
 * resize to the image. With S scales of C_s channels it has D·ΣC_s + S·D + S·D² + 2·D + (D + 1)·n
 * parameters; the unused second classifier that the original code inherits is left out, as the
 * benchmark's counts have it.
 *
 * <p>Parameters are named as in the original: {@code decoders.<task>.linear_c<s>.proj}, from 1 for
 * the finest, {@code linear_fuse.conv}, {@code linear_fuse.bn}, {@code linear_pred}.
 */
public final class SegformerMlpDecoder implements Decoder {
  /** Width of the published head. */
  public static final int WIDTH = 256;

  private static final double DROPOUT = 0.1;

  private final int hidden;

  /** A decoder of a width. */
  public SegformerMlpDecoder(int width) {
    if (width < 1) {
      throw new InputException("decoder width %d must be positive".formatted(width));
    }
    this.hidden = width;
  }

  @Override
  public String id() {
    return "segformer-mlp";
  }

  @Override
  public Head emit(HeadInput input) {
    HeadLayers layers = new HeadLayers(input);
    Task task = input.task();
    TargetGraph target = input.target();
    List<Feature> features = input.features();
    String path = "decoders." + task.name() + ".";
    int tokens = input.tokens();
    int joinedWidth = features.size() * hidden;
    SDVariable joined =
        layers.joined(joinedWidth, projections(layers, path, features).toArray(SDVariable[]::new));
    SDVariable fused =
        layers.unbiasedConvolution(path + "linear_fuse.conv", joined, joinedWidth, hidden, tokens);
    SDVariable normed = layers.batchNorm(path + "linear_fuse.bn", fused, hidden, tokens);
    SDVariable kept = dropChannels(target, path, target.ops().relu(normed), tokens);
    return layers.head(
        layers.convolution(path + "linear_pred", kept, hidden, task.channels(), tokens));
  }

  /** Scales at the finest grid, coarse to fine, as maps {@code [batch, width, tokens]}. */
  private List<SDVariable> projections(HeadLayers layers, String path, List<Feature> features) {
    List<SDVariable> maps = new ArrayList<>();
    for (int i = 0; i < features.size(); i++) {
      Feature f = features.get(i);
      SDVariable y =
          layers.linear(
              path + "linear_c%d.proj".formatted(i + 1),
              layers.rows(f),
              f.channels(),
              hidden,
              f.height() * f.width());
      maps.add(layers.toFinest(y, hidden, f));
    }
    return Lists.reverse(maps);
  }

  /** Inverted dropout of whole channels of an image (PyTorch's Dropout2d). */
  private SDVariable dropChannels(TargetGraph target, String path, SDVariable rows, int tokens) {
    NoiseInput noise = new NoiseInput(path + "dropout.mask", DROPOUT, 1, Shape.of(hidden));
    SDVariable mask = target.noise(noise).reshape(-1, 1, hidden);
    return rows.reshape(-1, tokens, hidden).mul(mask).reshape(-1, hidden);
  }
}
