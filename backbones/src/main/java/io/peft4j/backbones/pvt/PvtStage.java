package io.peft4j.backbones.pvt;

import io.peft4j.api.backbone.Place;
import io.peft4j.backbones.build.Classifier;
import io.peft4j.backbones.build.Dimensions;
import io.peft4j.backbones.weights.PositionGrid;

/**
 * Geometry of one stage.
 *
 * @param index index from 0
 * @param dims dimensions of the configuration
 * @param height rows of the token grid
 * @param columns columns of the token grid
 * @param tableHeight rows of the grid that the position table is for
 * @param tableColumns columns of that grid
 * @param isLast whether it is the last stage, whose table has a row for a class token
 * @param hasClassToken whether a class token stands before the grid's tokens
 */
record PvtStage(
    int index,
    PvtConfig.Stage dims,
    int height,
    int columns,
    int tableHeight,
    int tableColumns,
    boolean isLast,
    boolean hasClassToken) {
  int width() {
    return dims.width();
  }

  int depth() {
    return dims.depth();
  }

  int headDim() {
    return dims.width() / dims.heads();
  }

  int hidden() {
    return dims.width() * dims.mlpRatio();
  }

  /** Tokens of the grid. */
  int tokens() {
    return height * columns;
  }

  /** Rows per image in the blocks: the grid's tokens, and the class token if there is one. */
  int rows() {
    return tokens() + (hasClassToken ? 1 : 0);
  }

  boolean isReduced() {
    return dims.reduction() > 1;
  }

  /** Keys and values per image; a square that the grid does not fill counts as one. */
  int keys() {
    int edge = dims.reduction();
    return isReduced()
        ? Dimensions.roundUp(height, edge) / edge * (Dimensions.roundUp(columns, edge) / edge)
        : rows();
  }

  /** Rows of the position table; the last stage's has one for the class token, used or not. */
  int positions() {
    return tableHeight * tableColumns + (isLast ? 1 : 0);
  }

  /** What the position table is for. */
  PositionGrid grid() {
    return new PositionGrid(tableHeight, tableColumns, isLast ? 1 : 0);
  }

  String path() {
    return "block" + (index + 1);
  }

  String path(int block) {
    return path() + "." + block;
  }

  String patchEmbedding() {
    return "patch_embed" + (index + 1);
  }

  String positionTable() {
    return "pos_embed" + (index + 1);
  }

  /** A place in a block, or before or after the blocks if {@code block} is -1. */
  Place place(int block, String role) {
    return new Place(index, block, depth(), role);
  }

  /** The classifier behind this stage, if it is the last. */
  Classifier classifier() {
    return new Classifier(role -> place(-1, role), width());
  }
}
