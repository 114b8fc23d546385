package io.peft4j.backbones.swin;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.backbone.ImageInput;
import io.peft4j.backbones.build.Architecture;
import io.peft4j.backbones.build.Blueprint;
import io.peft4j.backbones.build.Dimensions;
import io.peft4j.backbones.build.Padding;
import java.util.List;
import java.util.function.Consumer;

/**
 * Dimensions of a Swin Transformer V1.
 *
 * <p>Whether the image size fits is decided when the graph is built, so that {@code with…} calls
 * may come in any order.
 *
 * @param id name of the architecture, such as {@code swin-tiny}
 * @param embedDim width of the first stage; it doubles with each further stage
 * @param depths blocks per stage
 * @param numHeads attention heads per stage
 * @param windowSize tokens along a window's edge
 * @param mlpRatio hidden width of the MLP over the width of the block
 * @param patchSize pixels along a patch's edge
 * @param inChannels colour channels
 * @param imageHeight height in pixels
 * @param imageWidth width in pixels
 * @param qkvBias whether query, key and value have a bias
 * @param dropPath drop-path rate of the last block, rising linearly from 0 at the first; in [0, 1)
 * @param numClasses classes of the classifier ({@code norm}, {@code head}); 0 for none, as in
 *     multi-task encoders
 * @param padding what happens to sizes that windows do not divide
 * @param layerNormEps epsilon of every layer norm
 */
public record SwinConfig(
    String id,
    int embedDim,
    List<Integer> depths,
    List<Integer> numHeads,
    int windowSize,
    double mlpRatio,
    int patchSize,
    int inChannels,
    int imageHeight,
    int imageWidth,
    boolean qkvBias,
    double dropPath,
    int numClasses,
    Padding padding,
    double layerNormEps)
    implements Architecture {
  /** Checks every range, and that heads divide widths. */
  public SwinConfig {
    depths = ImmutableList.copyOf(depths);
    numHeads = ImmutableList.copyOf(numHeads);
    Dimensions.images("swin", id, patchSize, inChannels, imageHeight, imageWidth);
    Dimensions.positive(id, "embedDim", embedDim);
    Dimensions.positive(id, "windowSize", windowSize);
    Dimensions.require(
        !depths.isEmpty() && depths.size() == numHeads.size(),
        id,
        "depths %s and heads %s need the same number of stages, at least one"
            .formatted(depths, numHeads));
    for (int s = 0; s < depths.size(); s++) {
      Dimensions.stage(id, s, embedDim << s, depths.get(s), numHeads.get(s));
    }
    Dimensions.require(
        mlpRatio > 0 && (int) (embedDim * mlpRatio) >= 1,
        id,
        "mlpRatio %s leaves no hidden unit; 4 is usual".formatted(mlpRatio));
    Dimensions.dropPath(id, dropPath);
    Dimensions.classes(id, numClasses);
    Dimensions.require(
        layerNormEps > 0, id, "layerNormEps %s must be positive; 1e-5".formatted(layerNormEps));
  }

  /** Number of stages. */
  public int stages() {
    return depths.size();
  }

  /** Width of a stage. */
  public int width(int stage) {
    return embedDim << stage;
  }

  /**
   * Drop-path rate of a block, counted over all stages as {@code linspace(0, dropPath, blocks)}.
   */
  public double dropPath(int stage, int block) {
    return Dimensions.dropPath(dropPath, depths, stage, block);
  }

  /** With another name. */
  public SwinConfig withId(String value) {
    return edit(e -> e.id = value);
  }

  /**
   * With other stages.
   *
   * @param newEmbedDim width of the first stage
   * @param newDepths blocks of each stage
   * @param newHeads heads of each stage, as many as there are depths
   */
  public SwinConfig withStages(int newEmbedDim, List<Integer> newDepths, List<Integer> newHeads) {
    return edit(
        e -> {
          e.embedDim = newEmbedDim;
          e.depths = newDepths;
          e.numHeads = newHeads;
        });
  }

  /** With another window edge. */
  public SwinConfig withWindowSize(int value) {
    return edit(e -> e.windowSize = value);
  }

  /** With another MLP ratio. */
  public SwinConfig withMlpRatio(double value) {
    return edit(e -> e.mlpRatio = value);
  }

  /** With another patch edge. */
  public SwinConfig withPatchSize(int value) {
    return edit(e -> e.patchSize = value);
  }

  /** With another number of colour channels. */
  public SwinConfig withInChannels(int value) {
    return edit(e -> e.inChannels = value);
  }

  /** For images of another size in pixels. */
  @Override
  public SwinConfig withImage(int height, int width) {
    return edit(
        e -> {
          e.imageHeight = height;
          e.imageWidth = width;
        });
  }

  /** With or without a bias on query, key and value. */
  public SwinConfig withQkvBias(boolean value) {
    return edit(e -> e.qkvBias = value);
  }

  /** With another drop-path rate of the last block. */
  public SwinConfig withDropPath(double value) {
    return edit(e -> e.dropPath = value);
  }

  /** With a classifier of so many classes, or none (0). */
  public SwinConfig withClasses(int value) {
    return edit(e -> e.numClasses = value);
  }

  /** With another treatment of sizes that windows do not divide. */
  @Override
  public SwinConfig withPadding(Padding value) {
    return edit(e -> e.padding = value);
  }

  @Override
  public Blueprint blueprint() {
    List<SwinStage> stages = SwinGeometry.stages(this);
    return new Blueprint(
        new ImageInput(Swin.IMAGE, inChannels, imageHeight, imageWidth),
        SwinWeights.spec(this, stages),
        layerNormEps,
        (writer, image) -> new SwinWriter(this, stages, writer).write(image));
  }

  private SwinConfig edit(Consumer<Edit> change) {
    Edit edit = new Edit(this);
    change.accept(edit);
    return edit.config();
  }

  /** Fields in the making; keeps the fifteen arguments in one place. */
  private static final class Edit {
    private String id;
    private int embedDim;
    private List<Integer> depths;
    private List<Integer> numHeads;
    private int windowSize;
    private double mlpRatio;
    private int patchSize;
    private int inChannels;
    private int imageHeight;
    private int imageWidth;
    private boolean qkvBias;
    private double dropPath;
    private int numClasses;
    private Padding padding;
    private final double layerNormEps;

    private Edit(SwinConfig c) {
      id = c.id;
      embedDim = c.embedDim;
      depths = c.depths;
      numHeads = c.numHeads;
      windowSize = c.windowSize;
      mlpRatio = c.mlpRatio;
      patchSize = c.patchSize;
      inChannels = c.inChannels;
      imageHeight = c.imageHeight;
      imageWidth = c.imageWidth;
      qkvBias = c.qkvBias;
      dropPath = c.dropPath;
      numClasses = c.numClasses;
      padding = c.padding;
      layerNormEps = c.layerNormEps;
    }

    private SwinConfig config() {
      return new SwinConfig(
          id,
          embedDim,
          depths,
          numHeads,
          windowSize,
          mlpRatio,
          patchSize,
          inChannels,
          imageHeight,
          imageWidth,
          qkvBias,
          dropPath,
          numClasses,
          padding,
          layerNormEps);
    }
  }
}
