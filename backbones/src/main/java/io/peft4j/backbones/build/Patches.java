package io.peft4j.backbones.build;

import io.peft4j.api.method.Ops;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * Cuts images and token grids into squares, so that a convolution whose stride is its kernel's edge
 * becomes a linear layer on rows. Each row holds a square in the order of a kernel {@code [out, in,
 * edge, edge]}: channel, row, column.
 */
public final class Patches {
  private Patches() {}

  /**
   * Patches of an image {@code [B, channels, height, width]} as {@code [B·high·wide,
   * channels·edge²]}; trailing pixels that fill no patch are left out.
   *
   * @param name name of the result
   */
  public static SDVariable ofImage(
      ModuleWriter writer,
      String name,
      SDVariable image,
      int channels,
      int height,
      int width,
      int edge) {
    int high = height / edge;
    int wide = width / edge;
    SDVariable pixels = image;
    if (height > high * edge) {
      pixels = writer.ops().slice(pixels, 2, 0, (long) high * edge);
    }
    if (width > wide * edge) {
      pixels = writer.ops().slice(pixels, 3, 0, (long) wide * edge);
    }
    return writer.name(
        name,
        pixels
            .reshape(-1, channels, high, edge, wide, edge)
            .permute(0, 2, 4, 1, 3, 5)
            .reshape(-1, (long) channels * edge * edge));
  }

  /**
   * Squares of token rows {@code [B·height·columns, width]} as {@code [B·squares, width·edge²]}; a
   * grid that the edge does not divide is padded with zeros after its end.
   *
   * @param name name of the result
   */
  public static SDVariable ofTokens(
      ModuleWriter writer,
      String name,
      SDVariable rows,
      int height,
      int columns,
      int width,
      int edge) {
    int across = Dimensions.roundUp(columns, edge) / edge;
    SDVariable grid = padded(writer.ops(), rows, height, columns, width, edge);
    // Bands of token rows: [B·bands, edge, squares of a band, edge, C] needs one transposition.
    return writer.name(
        name,
        grid.reshape(-1, edge, across, edge, width)
            .permute(0, 2, 4, 1, 3)
            .reshape(-1, (long) width * edge * edge));
  }

  /**
   * Token rows {@code [B·height·columns, width]}, as they are if the edge divides the grid, else a
   * grid {@code [B, high, wide, width]} with zeros after its end; either is cut by one reshape.
   */
  public static SDVariable padded(
      Ops ops, SDVariable rows, int height, int columns, int width, int edge) {
    int high = Dimensions.roundUp(height, edge);
    int wide = Dimensions.roundUp(columns, edge);
    if (high == height && wide == columns) {
      return rows;
    }
    SDVariable grid = rows.reshape(-1, height, columns, width);
    return ops.padEnd(ops.padEnd(grid, 1, height, high, 4), 2, columns, wide, 4);
  }
}
