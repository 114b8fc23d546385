package io.peft4j.graph.plan.ir;

/** Where the elements of a layout stand in their buffer, one by one. */
public final class Places {
  private Places() {}

  /** Positions in c order. */
  public static int[] of(Layout layout) {
    int[] places = new int[Math.toIntExact(layout.elements())];
    if (layout instanceof Indexed indexed) {
      for (int i = 0; i < places.length; i++) {
        places[i] = indexed.starts()[i / indexed.unit()] + i % indexed.unit();
      }
      return places;
    }
    Strided strided = layout instanceof Reshaped r ? r.source() : (Strided) layout;
    long[] shape = strided.shape();
    long[] stride = strided.stride();
    for (int i = 0; i < places.length; i++) {
      long rest = i;
      long at = strided.offset();
      for (int axis = shape.length - 1; axis >= 0; axis--) {
        at += rest % shape[axis] * stride[axis];
        rest /= shape[axis];
      }
      places[i] = Math.toIntExact(at);
    }
    return places;
  }
}
