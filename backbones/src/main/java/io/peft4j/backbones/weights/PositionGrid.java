package io.peft4j.backbones.weights;

import io.peft4j.api.Shape;

/**
 * The grid of a table of positions {@code [1, extra + height·width, channels]}.
 *
 * @param height rows of the grid
 * @param width columns of the grid
 * @param extra rows of the table before the grid's, such as a class token's
 */
public record PositionGrid(int height, int width, int extra) {
  /** Checks that there is a grid. */
  public PositionGrid {
    if (height < 1 || width < 1 || extra < 0) {
      throw new IllegalArgumentException(
          "no grid: %dx%d after %d rows".formatted(height, width, extra));
    }
  }

  /** Shape of a table with so many channels. */
  public Shape shape(int channels) {
    return Shape.of(1, extra + (long) height * width, channels);
  }
}
