package io.peft4j.benchmarks.work;

import io.peft4j.api.InputException;
import io.peft4j.backbones.build.Padding;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.swin.SwinConfig;

/**
 * Size of a work.
 *
 * @param backbone a preset of {@link Swin}
 * @param image edge of the square images in pixels
 * @param batch images a step
 * @param tasks number of tasks of a dense work; ignored where an image is classified
 */
public record WorkSize(String backbone, int image, int batch, int tasks) {
  /** Checks the ranges. */
  public WorkSize {
    require("image", image);
    require("batch", batch);
    require("tasks", tasks);
  }

  private static void require(String name, int value) {
    if (value < 1) {
      throw new InputException("%s %d must be at least 1".formatted(name, value));
    }
  }

  /** The smallest backbone, so that every work runs within a second. */
  public static WorkSize nano(int tasks) {
    return new WorkSize("swin-nano", 64, 2, tasks);
  }

  /** The architecture; where windows do not divide the image, grids are padded. */
  SwinConfig config() {
    SwinConfig config = Swin.preset(backbone).withImage(image, image);
    int whole = config.patchSize() * config.windowSize() << (config.stages() - 1);
    return image % whole == 0 || image == Swin.preset(backbone).imageHeight()
        ? config
        : config.withPadding(Padding.PAD);
  }
}
