package io.peft4j.harness.cli;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.swin.Padding;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.swin.SwinConfig;
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
          "swin-nano, swin-tiny, swin-small, swin-base or swin-large (default: ${DEFAULT-VALUE})")
  private String backbone;

  @Option(
      names = "--image-size",
      paramLabel = "N|HxW",
      converter = ImageSizeConverter.class,
      description =
          "height and width in pixels (default: the backbone's, 64 for swin-nano else 448)")
  private @Nullable ImageSize imageSize;

  @Option(
      names = "--pad",
      description = "pad sizes that windows do not divide, as torchvision does; else refuse them")
  private boolean pad;

  /**
   * The architecture.
   *
   * @throws InputException if there is no backbone of that name
   */
  public SwinConfig config() {
    SwinConfig preset = Swin.preset(backbone);
    SwinConfig sized =
        imageSize == null ? preset : preset.withImage(imageSize.height(), imageSize.width());
    return pad ? sized.withPadding(Padding.PAD) : sized;
  }

  /**
   * The backbone without weights, for counting and inspecting.
   *
   * @throws InputException if the name is unknown or the image size does not fit
   */
  public Backbone shapesOnly() {
    return Swin.build(config(), WeightSource.shapesOnly(), DataType.FLOAT);
  }

  /** Lets picocli read an {@link ImageSize}. */
  static final class ImageSizeConverter implements picocli.CommandLine.ITypeConverter<ImageSize> {
    @Override
    public ImageSize convert(String text) {
      return ImageSize.parse(text);
    }
  }
}
