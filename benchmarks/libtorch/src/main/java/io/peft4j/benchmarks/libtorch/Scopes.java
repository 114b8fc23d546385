package io.peft4j.benchmarks.libtorch;

import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Lets go of intermediate tensors as early as Python's reference counts do. */
final class Scopes {
  private Scopes() {}

  /** The result, which outlives what was made on the way to it. */
  static Tensor result(Supplier<Tensor> computation) {
    Tensor result;
    try (PointerScope scope = new PointerScope()) {
      result = computation.get();
      result.retainReference();
      scope.detach(result);
    }
    PointerScope outer = PointerScope.getInnerScope();
    if (outer != null) {
      outer.attach(result);
      result.releaseReference();
    }
    return result;
  }
}
