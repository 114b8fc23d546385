package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.nd4j.linalg.api.buffer.DataType;

/** The reference kernels compute what plain loops over doubles do, and write nowhere else. */
class ReferenceKernelsTest {
  @TestFactory
  Stream<DynamicTest> inFloat() {
    return tests(DataType.FLOAT, 1e-5);
  }

  @TestFactory
  Stream<DynamicTest> inDouble() {
    return tests(DataType.DOUBLE, 1e-13);
  }

  private static Stream<DynamicTest> tests(DataType type, double tolerance) {
    Trial trial = new Trial(type);
    ReferenceKernels provider = ReferenceKernels.create();
    return Cases.of(trial).map(i -> test(trial, provider, tolerance, i));
  }

  private static DynamicTest test(
      Trial trial, KernelProvider provider, double tolerance, Instruction instruction) {
    return DynamicTest.dynamicTest(
        instruction.toString(), () -> trial.check(provider, tolerance, instruction));
  }
}
