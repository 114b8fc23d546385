package io.peft4j.graph.plan.kernel;

/** Arrays of each thread's own, which stay in its cache: direct buffers are not vectorised. */
final class Tile {
  /** Floats that fit the first-level cache three times. */
  static final int SIZE = 2048;

  private static final ThreadLocal<float[][]> OWN =
      ThreadLocal.withInitial(
          () -> new float[][] {new float[SIZE], new float[SIZE], new float[SIZE]});

  private Tile() {}

  /** Three arrays of any content and at least this length. */
  static float[][] own(int length) {
    float[][] tiles = OWN.get();
    if (tiles[0].length < length) {
      tiles = new float[][] {new float[length], new float[length], new float[length]};
      OWN.set(tiles);
    }
    return tiles;
  }

  private static final ThreadLocal<float[][]> MANY = ThreadLocal.withInitial(() -> new float[0][0]);

  /** So many arrays of any content and at least this length. */
  static float[][] many(int count, int length) {
    float[][] tiles = MANY.get();
    if (tiles.length < count || tiles[0].length < length) {
      tiles = new float[Math.max(count, tiles.length)][length];
      MANY.set(tiles);
    }
    return tiles;
  }

  /** How many tiles cover so many elements. */
  static int count(int elements) {
    return (int) ((elements + (long) SIZE - 1) / SIZE);
  }

  private static final ThreadLocal<int[][]> OWN_BITS =
      ThreadLocal.withInitial(() -> new int[][] {new int[SIZE], new int[SIZE]});

  /** Two arrays for floats taken as integers. */
  static int[][] ownBits() {
    return OWN_BITS.get();
  }
}
