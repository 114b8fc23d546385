package io.peft4j.graph.plan.kernel;

import java.nio.FloatBuffer;

/** The rows of a matrix in blocks of about a size. */
final class Blocks {
  private final int rows;
  private final int width;
  private final int each;

  private Blocks(int rows, int width, int size) {
    this.rows = rows;
    this.width = width;
    each = Math.max(1, size / width);
  }

  /** Blocks of about a tile. */
  static Blocks ofTile(int rows, int width) {
    return new Blocks(rows, width, Tile.SIZE);
  }

  /** Blocks of about so many elements, but of a row at least. */
  static Blocks ofSize(int rows, int width, int elements) {
    return new Blocks(rows, width, elements);
  }

  int count() {
    return (rows + each - 1) / each;
  }

  int first(int block) {
    return block * each;
  }

  int rows(int block) {
    return Math.min(each, rows - block * each);
  }

  /** Fills an array as long as a block with copies of a row. */
  void repeat(FloatBuffer row, float[] block) {
    row.get(0, block, 0, width);
    for (int at = width; at < block.length; at += width) {
      System.arraycopy(block, 0, block, at, width);
    }
  }

  /** Elements of the longest. */
  int length() {
    return each * width;
  }
}
