package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Root;
import io.peft4j.graph.plan.ir.Strided;
import io.peft4j.graph.plan.ir.Value;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Memory in which each buffer lies in the middle of an array of its own. */
final class Buffers implements Memory {
  /** Not at the start, so that a kernel which forgets offsets is found out. */
  private static final int MARGIN = 16;

  private final Map<Root, INDArray> arrays = new LinkedHashMap<>();

  private INDArray whole(Root root) {
    return arrays.computeIfAbsent(root, r -> Nd4j.zeros(r.type(), r.elements() + 2 * MARGIN));
  }

  @Override
  public INDArray flat(Root root) {
    if (root.kind() == Root.Kind.LEAF) {
      return Nd4j.create(root.array().data(), new long[] {root.elements()}, new long[] {1}, 0, 'c');
    }
    return Nd4j.create(
        whole(root).data(), new long[] {root.elements()}, new long[] {1}, MARGIN, 'c');
  }

  @Override
  public INDArray array(Value value) {
    if (!(value.layout() instanceof Strided s)) {
      throw new IllegalArgumentException(value + " has no strides");
    }
    INDArray flat = flat(value.root());
    return Nd4j.create(flat.data(), s.shape(), s.stride(), flat.offset() + s.offset(), 'c');
  }

  /** Random content for a buffer, which is returned. */
  double[] fill(Root root, Random random) {
    double[] content = new double[Math.toIntExact(root.elements())];
    for (int i = 0; i < content.length; i++) {
      content[i] = (float) random.nextGaussian();
    }
    write(root, content);
    return content;
  }

  void write(Root root, double... content) {
    INDArray flat = flat(root);
    for (int i = 0; i < content.length; i++) {
      flat.putScalar(i, content[i]);
    }
  }

  double[] read(Root root) {
    return flat(root).toDoubleVector();
  }

  /** True if nothing was written beside a buffer. */
  boolean isMarginClean(Root root) {
    INDArray array = whole(root);
    for (int i = 0; i < MARGIN; i++) {
      if (array.getDouble(i) != 0 || array.getDouble(array.length() - 1 - i) != 0) {
        return false;
      }
    }
    return true;
  }
}
