package io.peft4j.graph.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Products of this machine are right, and one that is not is seen. */
class ProductProofTest {
  @Test
  void thisMachineMultipliesRightly() {
    assertEquals(List.of(), ProductProof.faults());
  }

  /** One element of one shape is off by the least that a wrong sum can be. */
  @Test
  void oneWrongElementIsSeen() {
    Optional<String> fault =
        ProductProof.fault(
            (a, b, left, right) -> {
              INDArray c = Nd4j.gemm(a, b, left, right);
              if (c.rows() == 31 && c.dataType() == DataType.DOUBLE) {
                c.putScalar(30, 128, c.getDouble(30, 128) + 1);
              }
              return c;
            });
    String text = Diagnosis.wrong("the BLAS " + fault.orElseThrow(), "Zen");
    assertTrue(
        text.startsWith("the BLAS multiplies 31x96x129 in DOUBLE wrongly: ")
            && text.contains("row 30, column 128")
            && text.contains("kernels for Zen: set OPENBLAS_CORETYPE"),
        text);
  }

  /** Factors that are taken as they lie, not transposed. */
  @Test
  void aWrongLayoutIsSeen() {
    assertTrue(
        ProductProof.fault(
                (a, b, left, right) ->
                    Nd4j.gemm(left ? a.transpose() : a, right ? b.transpose() : b, false, false)
                        .muli(left && right ? 2 : 1))
            .isPresent());
  }
}
