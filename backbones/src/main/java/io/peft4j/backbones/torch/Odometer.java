package io.peft4j.backbones.torch;

/** The places of a view's elements in its span, in row-major order of the elements. */
final class Odometer {
  private final long[] shape;
  private final long[] strides;
  private final long[] index;
  private long place;

  Odometer(TensorView tensor) {
    shape = tensor.shape().toArray();
    strides = tensor.strides().toArray();
    index = new long[shape.length];
  }

  /** The place of the next element; to be called as often as there are elements. */
  long next() {
    long current = place;
    for (int i = shape.length - 1; i >= 0; i--) {
      place += strides[i];
      if (++index[i] < shape[i]) {
        break;
      }
      place -= strides[i] * shape[i];
      index[i] = 0;
    }
    return current;
  }
}
