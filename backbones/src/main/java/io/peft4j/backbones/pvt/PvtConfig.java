package io.peft4j.backbones.pvt;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.backbone.ImageInput;
import io.peft4j.backbones.build.Architecture;
import io.peft4j.backbones.build.Blueprint;
import io.peft4j.backbones.build.Dimensions;
import io.peft4j.backbones.build.Padding;
import java.util.List;
import java.util.function.Consumer;

/**
 * Dimensions of a Pyramid Vision Transformer V1.
 *
 * <p>Whether the image size fits is decided when the graph is built, so that {@code with…} calls
 * may come in any order.
 *
 * @param id name of the architecture, such as {@code pvt-tiny}
 * @param stages dimensions per stage; each halves the grid of the one before
 * @param patchSize pixels along the edge of the first patches
 * @param inChannels colour channels
 * @param imageHeight height in pixels
 * @param imageWidth width in pixels
 * @param tableHeight height in pixels of the images that the position tables are for; for others
 *     they are resized bilinearly inside the graph
 * @param tableWidth width alike
 * @param qkvBias whether query, key and value have a bias
 * @param dropPath drop-path rate of the last block, rising linearly from 0 at the first; in [0, 1)
 * @param classToken whether a class token joins the last stage
 * @param numClasses classes of the classifier ({@code norm}, {@code head}) on the class token; 0
 *     for none
 * @param padding what happens to sizes that do not divide
 */
public record PvtConfig(
    String id,
    List<Stage> stages,
    int patchSize,
    int inChannels,
    int imageHeight,
    int imageWidth,
    int tableHeight,
    int tableWidth,
    boolean qkvBias,
    double dropPath,
    boolean classToken,
    int numClasses,
    Padding padding)
    implements Architecture {
  /**
   * Dimensions of a stage.
   *
   * @param width channels per token
   * @param depth blocks
   * @param heads attention heads
   * @param mlpRatio hidden width of the MLP over the width
   * @param reduction tokens along the edge of a square that becomes one key and value; 1 for none
   */
  public record Stage(int width, int depth, int heads, int mlpRatio, int reduction) {}

  /** Checks every range, that heads divide widths, and that the class token has a place. */
  public PvtConfig {
    stages = ImmutableList.copyOf(stages);
    Dimensions.images("pvt", id, patchSize, inChannels, imageHeight, imageWidth);
    Dimensions.require(!stages.isEmpty(), id, "it has no stages; give at least one");
    for (int s = 0; s < stages.size(); s++) {
      Stage stage = stages.get(s);
      Dimensions.positive(id, "width of stage " + s, stage.width());
      Dimensions.stage(id, s, stage.width(), stage.depth(), stage.heads());
      Dimensions.positive(id, "mlpRatio of stage " + s, stage.mlpRatio());
      Dimensions.positive(id, "reduction of stage " + s, stage.reduction());
    }
    int unit = patchSize << (stages.size() - 1);
    Dimensions.require(
        tableHeight > 0 && tableWidth > 0 && tableHeight % unit == 0 && tableWidth % unit == 0,
        id,
        "position tables for %dx%d: both must be multiples of %d (patch %d x merging %d)"
            .formatted(tableHeight, tableWidth, unit, patchSize, unit / patchSize));
    Dimensions.dropPath(id, dropPath);
    Dimensions.classes(id, numClasses);
    Dimensions.require(
        classToken || numClasses == 0,
        id,
        "a classifier of %d classes reads the class token; use withClassToken(true)"
            .formatted(numClasses));
    int lastReduction = stages.get(stages.size() - 1).reduction();
    Dimensions.require(
        !classToken || lastReduction == 1,
        id,
        "a class token stands in no grid, so the last stage's reduction %d must be 1"
            .formatted(lastReduction));
  }

  /**
   * Drop-path rate of a block, counted over all stages as {@code linspace(0, dropPath, blocks)}.
   */
  public double dropPath(int stage, int block) {
    return Dimensions.dropPath(dropPath, stages.stream().map(Stage::depth).toList(), stage, block);
  }

  /** With another name. */
  public PvtConfig withId(String value) {
    return edit(e -> e.id = value);
  }

  /** With other stages. */
  public PvtConfig withStages(List<Stage> value) {
    return edit(e -> e.stages = value);
  }

  /** For images of another size in pixels; the position tables keep theirs. */
  @Override
  public PvtConfig withImage(int height, int width) {
    return edit(
        e -> {
          e.imageHeight = height;
          e.imageWidth = width;
        });
  }

  /** With position tables for images of another size in pixels. */
  public PvtConfig withTables(int height, int width) {
    return edit(
        e -> {
          e.tableHeight = height;
          e.tableWidth = width;
        });
  }

  /** With or without a bias on query, key and value. */
  public PvtConfig withQkvBias(boolean value) {
    return edit(e -> e.qkvBias = value);
  }

  /** With another drop-path rate of the last block. */
  public PvtConfig withDropPath(double value) {
    return edit(e -> e.dropPath = value);
  }

  /** With a class token in the last stage, or dense. */
  public PvtConfig withClassToken(boolean value) {
    return edit(e -> e.classToken = value);
  }

  /** With a class token and a classifier of so many classes on it, or without classifier (0). */
  public PvtConfig withClasses(int value) {
    return edit(
        e -> {
          e.numClasses = value;
          e.classToken = e.classToken || value > 0;
        });
  }

  /** With another treatment of sizes that do not divide. */
  @Override
  public PvtConfig withPadding(Padding value) {
    return edit(e -> e.padding = value);
  }

  @Override
  public Blueprint blueprint() {
    List<PvtStage> stages = PvtGeometry.stages(this);
    return new Blueprint(
        new ImageInput(Pvt.IMAGE, inChannels, imageHeight, imageWidth),
        PvtWeights.spec(this, stages),
        PvtWriter.BLOCK_EPS,
        (writer, image) -> new PvtWriter(this, stages, writer).write(image));
  }

  private PvtConfig edit(Consumer<Edit> change) {
    Edit edit = new Edit(this);
    change.accept(edit);
    return edit.config();
  }

  /** Fields in the making; keeps the thirteen arguments in one place. */
  private static final class Edit {
    private String id;
    private List<Stage> stages;
    private final int patchSize;
    private final int inChannels;
    private int imageHeight;
    private int imageWidth;
    private int tableHeight;
    private int tableWidth;
    private boolean qkvBias;
    private double dropPath;
    private boolean classToken;
    private int numClasses;
    private Padding padding;

    private Edit(PvtConfig c) {
      id = c.id;
      stages = c.stages;
      patchSize = c.patchSize;
      inChannels = c.inChannels;
      imageHeight = c.imageHeight;
      imageWidth = c.imageWidth;
      tableHeight = c.tableHeight;
      tableWidth = c.tableWidth;
      qkvBias = c.qkvBias;
      dropPath = c.dropPath;
      classToken = c.classToken;
      numClasses = c.numClasses;
      padding = c.padding;
    }

    private PvtConfig config() {
      return new PvtConfig(
          id,
          stages,
          patchSize,
          inChannels,
          imageHeight,
          imageWidth,
          tableHeight,
          tableWidth,
          qkvBias,
          dropPath,
          classToken,
          numClasses,
          padding);
    }
  }
}
