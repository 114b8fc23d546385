package io.peft4j.harness.data;

/** Mirrors maps left to right. */
final class Flip {
  private Flip() {}

  /** Mirrors every row of {@code planes} planes of height × width values. */
  static void rows(float[] values, int offset, int planes, int height, int width) {
    for (int row = 0; row < planes * height; row++) {
      int left = offset + row * width;
      int right = left + width - 1;
      while (left < right) {
        float swapped = values[left];
        values[left++] = values[right];
        values[right--] = swapped;
      }
    }
  }

  /** Negates the x component of normals, which points to the right, where there is truth. */
  static void negateX(float[] values, int offset, int pixels, float ignore) {
    for (int i = offset; i < offset + pixels; i++) {
      if (values[i] != ignore) {
        values[i] = -values[i];
      }
    }
  }
}
