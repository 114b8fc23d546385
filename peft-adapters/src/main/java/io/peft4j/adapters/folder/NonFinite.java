package io.peft4j.adapters.folder;

import io.peft4j.api.InputException;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What becomes of adapters that hold NaN or infinite values, which no working one does. */
public enum NonFinite {
  /** They are refused. */
  REFUSE,
  /** They are read as they are, to find out what happened to them. */
  ALLOW;

  void check(Map<String, INDArray> tensors) {
    if (this == ALLOW) {
      return;
    }
    tensors.forEach(
        (name, array) -> {
          // Each value times zero is zero, but for those that are not finite.
          boolean isFinite =
              !array.dataType().isFPType()
                  || array.isEmpty()
                  || array.castTo(DataType.DOUBLE).mul(0).sumNumber().doubleValue() == 0;
          if (!isFinite) {
            throw new InputException(
                "tensor '%s' holds NaN or infinite values: the training that made it has failed; take an earlier checkpoint"
                    .formatted(name));
          }
        });
  }
}
