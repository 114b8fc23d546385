package io.peft4j.graph.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** Results go to standard output, so SameDiff must not write there. */
class GradientFunctionTest {
  @Test
  void nothingIsPrinted() {
    PrintStream out = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream watched = new PrintStream(printed, true, StandardCharsets.UTF_8);
    System.setOut(watched);
    try {
      SameDiff sd = SameDiff.create();
      SDVariable w = sd.var("w", Nd4j.ones(DataType.DOUBLE, 2, 2));
      w.mul(w).sum().rename("loss");
      GradientFunction.create(sd, "loss", List.of("w"));
      assertEquals("", printed.toString(StandardCharsets.UTF_8));
      assertEquals(watched, System.out, "standard output is as it was");
    } finally {
      System.setOut(out);
    }
  }
}
