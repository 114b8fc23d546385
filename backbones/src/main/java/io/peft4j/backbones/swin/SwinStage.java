package io.peft4j.backbones.swin;

import io.peft4j.api.backbone.Place;
import io.peft4j.backbones.build.Classifier;

/**
 * Geometry of one stage.
 *
 * @param index index from 0
 * @param depth number of blocks
 * @param width channels per token
 * @param heads attention heads
 * @param height rows of the token grid
 * @param columns columns of the token grid
 * @param window tokens along a window's edge
 * @param paddedHeight rows once padded to whole windows
 * @param paddedColumns columns once padded to whole windows
 * @param shiftDown cyclic shift of rows in odd blocks
 * @param shiftRight cyclic shift of columns in odd blocks
 */
record SwinStage(
    int index,
    int depth,
    int width,
    int heads,
    int height,
    int columns,
    int window,
    int paddedHeight,
    int paddedColumns,
    int shiftDown,
    int shiftRight) {
  /** Tokens of the grid. */
  int tokens() {
    return height * columns;
  }

  /** Tokens per window. */
  int windowTokens() {
    return window * window;
  }

  /** Windows from left to right. */
  int windowColumns() {
    return paddedColumns / window;
  }

  /** Windows per image. */
  int windows() {
    return paddedHeight / window * windowColumns();
  }

  /** Rows per image once cut into windows; more than {@link #tokens()} if the grid is padded. */
  int windowedRows() {
    return windows() * windowTokens();
  }

  int headDim() {
    return width / heads;
  }

  /** Entries of a relative-position-bias table: one per offset between two tokens of a window. */
  int positions() {
    return (2 * window - 1) * (2 * window - 1);
  }

  /** Rows of the grid after merging; an odd last row is merged with zeros. */
  int mergedHeight() {
    return (height + 1) / 2;
  }

  /** Columns of the grid after merging. */
  int mergedColumns() {
    return (columns + 1) / 2;
  }

  boolean isShifted(int block) {
    return block % 2 == 1 && (shiftDown > 0 || shiftRight > 0);
  }

  String path() {
    return "layers." + index;
  }

  String path(int block) {
    return path() + ".blocks." + block;
  }

  /** A place in a block, or in the merging or embedding if {@code block} is -1. */
  Place place(int block, String role) {
    return new Place(index, block, depth, role);
  }

  /** The classifier behind this stage, if it is the last. */
  Classifier classifier() {
    return new Classifier(role -> place(-1, role), width());
  }
}
