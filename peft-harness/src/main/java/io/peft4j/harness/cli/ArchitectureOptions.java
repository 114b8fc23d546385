package io.peft4j.harness.cli;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.Backbones;
import io.peft4j.backbones.build.Architecture;
import io.peft4j.backbones.build.Padding;
import io.peft4j.backbones.weights.WeightSource;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import picocli.CommandLine.Option;

/** Which backbone, for images of which size; without weights. */
public final class ArchitectureOptions {
  @Option(
      names = "--backbone",
      paramLabel = "NAME",
      defaultValue = "swin-nano",
      description =
          "swin-nano, -tiny, -small, -base or -large, pvt-nano, -tiny, -small, -medium or -large"
              + " (default: ${DEFAULT-VALUE})")
  private String backbone;

  @Option(
      names = "--image-size",
      paramLabel = "N|HxW",
      converter = ImageSizeConverter.class,
      description =
          "height and width in pixels (default: the backbone's, 64 for nano ones else 448)")
  private @Nullable ImageSize imageSize;

  @Option(
      names = "--pad",
      description = "pad sizes that do not divide with zeros; else refuse them")
  private boolean pad;

  /**
   * The architecture.
   *
   * @throws InputException if there is no backbone of that name
   */
  public Architecture config() {
    Architecture preset = Backbones.named(backbone);
    Architecture sized =
        imageSize == null ? preset : preset.withImage(imageSize.height(), imageSize.width());
    return pad ? sized.withPadding(Padding.PAD) : sized;
  }

  /**
   * The backbone without weights, for counting and inspecting.
   *
   * @throws InputException if the name is unknown or the image size does not fit
   */
  public Backbone shapesOnly() {
    return config().build(WeightSource.shapesOnly(), DataType.FLOAT);
  }

  /** Lets picocli read an {@link ImageSize}. */
  static final class ImageSizeConverter implements picocli.CommandLine.ITypeConverter<ImageSize> {
    @Override
    public ImageSize convert(String text) {
      return ImageSize.parse(text);
    }
  }
}
