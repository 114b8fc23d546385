package io.peft4j.graph.plan.backward;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Operation.Binary;
import io.peft4j.graph.plan.ir.Operation.Pair;
import io.peft4j.graph.plan.ir.Program;
import io.peft4j.graph.plan.ir.Value;
import java.util.List;
import java.util.Objects;

/**
 * {@code z = x ± y}: {@code dx = g}, {@code dy = ±Σg}; {@code z = x·y}: {@code dx = g·y}, {@code dy
 * = Σg·x}; sums over the places that share an element of y. A square has {@code dx = 2·g·x}.
 */
final class BinaryVjp implements VjpRule<Binary> {
  @Override
  public void apply(Binary b, Instruction i, Gradients gradients) {
    Value x = i.input(0);
    Value y = i.input(1);
    Value found = Objects.requireNonNull(gradients.of(i.output()));
    // In place, the gradient of the sum is that of x already.
    boolean needsX = gradients.wanted(x) && x.root() != i.output().root();
    boolean needsY = gradients.wanted(y);
    if (b.pair() == Pair.MULTIPLY) {
      multiply(b, i, gradients, found, needsX, needsY);
      return;
    }
    if (needsX) {
      gradients.add(x, found);
    }
    if (needsY) {
      Value g = b.pair() == Pair.ADD ? found : found.times(-1);
      gather(b, y, g, gradients, false);
    }
  }

  private static void multiply(
      Binary b, Instruction i, Gradients gradients, Value found, boolean needsX, boolean needsY) {
    Value x = i.input(0);
    Value y = i.input(1);
    Program program = gradients.program();
    Value g = program.plain(found);
    if (needsX && x.equals(y)) {
      Value dx = gradients.temporary(x);
      program.add(Gradients.name(x), b, List.of(g, x), dx);
      gradients.add(x, dx.times(2));
      return;
    }
    if (needsX) {
      Value dx = gradients.temporary(x);
      program.add(Gradients.name(x), b, List.of(g, y), dx);
      gradients.addOwned(x, dx);
    }
    if (needsY) {
      Value product = gradients.temporary(x);
      long n = x.layout().elements();
      Operation same = new Binary(Pair.MULTIPLY, 1, n, 1);
      program.add(Gradients.name(y), same, List.of(g, x), product);
      gather(b, y, product, gradients, true);
    }
  }

  /** Hands y its sums; where nothing is summed, the gradient as it is. */
  private static void gather(Binary b, Value y, Value g, Gradients gradients, boolean owned) {
    if (b.outer() == 1 && b.inner() == 1) {
      if (owned) {
        gradients.addOwned(y, g);
      } else {
        gradients.add(y, g);
      }
      return;
    }
    Program program = gradients.program();
    Value plain = program.plain(g.unscaled());
    Value sums = gradients.temporary(y);
    Operation sum = new Operation.Sum(b.outer(), b.middle(), b.inner(), false);
    program.add(Gradients.name(y), sum, List.of(plain), sums);
    if (g.scale() == 1) {
      gradients.addOwned(y, sums);
    } else {
      gradients.add(y, sums.times(g.scale()));
    }
  }
}
