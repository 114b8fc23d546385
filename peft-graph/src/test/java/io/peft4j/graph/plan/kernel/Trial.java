package io.peft4j.graph.plan.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Program;
import io.peft4j.graph.plan.ir.Root;
import io.peft4j.graph.plan.ir.Value;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;

/** An instruction on random data, by a provider and by the oracle. */
final class Trial {
  private final DataType type;
  private final Program program = new Program();
  private final Random random = new Random(7);

  Trial(DataType type) {
    this.type = type;
  }

  /** An array with a buffer of its own. */
  Value array(long... shape) {
    return program.temporary("x", type, shape);
  }

  Instruction instruction(Operation operation, List<Value> inputs, Value... outputs) {
    return new Instruction(operation, inputs, List.of(outputs), "test");
  }

  /** Runs twice, on other data the second time, and compares whole buffers. */
  void check(KernelProvider provider, double tolerance, Instruction instruction) {
    Buffers memory = new Buffers();
    Kernel kernel = provider.kernel(instruction, memory).orElseThrow();
    for (int run = 0; run < 2; run++) {
      Map<Root, double[]> expected = new LinkedHashMap<>();
      for (Root root : roots(instruction)) {
        expected.put(root, memory.fill(root, random));
      }
      new Oracle(expected).run(instruction);
      kernel.run();
      expected.forEach(
          (root, values) -> {
            compare(values, memory.read(root), tolerance, instruction + ", buffer " + root);
            assertTrue(memory.isMarginClean(root), () -> "written beside " + root);
          });
    }
  }

  private static Set<Root> roots(Instruction instruction) {
    Set<Root> roots = new LinkedHashSet<>();
    instruction.inputs().forEach(v -> roots.add(v.root()));
    instruction.outputs().forEach(v -> roots.add(v.root()));
    return roots;
  }

  /** Relative to the largest element. */
  private static void compare(double[] expected, double[] actual, double tolerance, String what) {
    double largest = 1;
    for (double e : expected) {
      largest = Math.max(largest, Math.abs(e));
    }
    for (int i = 0; i < expected.length; i++) {
      int at = i;
      assertEquals(expected[i], actual[i], tolerance * largest, () -> what + ", element " + at);
    }
  }
}
