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

  /** Reads a block; how many elements it has. */
  int load(FloatBuffer from, int block, float[] to) {
    int length = rows(block) * width;
    from.get(first(block) * width, to, 0, length);
    return length;
  }

  /** Writes a block. */
  void store(float[] from, int block, FloatBuffer to) {
    to.put(first(block) * width, from, 0, rows(block) * width);
  }

  /**
   * Fills an array as long as a block with copies of a row: loops over whole blocks with one index
   * are vectorised, loops over a row with two are not.
   */
  void repeat(FloatBuffer row, float[] block) {
    row.get(0, block, 0, width);
    repeat(block);
  }

  /** As {@link #repeat(FloatBuffer, float[])}. */
  void repeat(float[] row, float[] block) {
    System.arraycopy(row, 0, block, 0, width);
    repeat(block);
  }

  private void repeat(float[] block) {
    for (int at = width; at < length(); at += width) {
      System.arraycopy(block, 0, block, at, width);
    }
  }

  /** The sum of a block's rows. */
  void fold(float[] block, float[] row) {
    System.arraycopy(block, 0, row, 0, width);
    for (int at = width; at < length(); at += width) {
      for (int j = 0; j < width; j++) {
        row[j] += block[at + j];
      }
    }
  }

  /** Elements of the longest. */
  int length() {
    return each * width;
  }
}
