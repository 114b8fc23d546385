package io.peft4j.graph.plan.memory;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Root;
import io.peft4j.graph.plan.ir.Value;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * From the first instruction that touches a buffer to the last.
 *
 * @param first number of an instruction; -1 if the buffer is filled before the run
 * @param last number of an instruction; one past the program's if the buffer is a result
 */
record Lifetime(int first, int last) {
  boolean overlaps(Lifetime other) {
    return first <= other.last && other.first <= last;
  }

  private Lifetime until(int later) {
    return new Lifetime(first, Math.max(last, later));
  }

  /** Lifetimes of all buffers of the arena, by buffer. */
  static Map<Root, Lifetime> of(
      List<Instruction> program, Collection<Value> feeds, Collection<Value> results) {
    Map<Root, Lifetime> lifetimes = new LinkedHashMap<>();
    feeds.forEach(f -> lifetimes.put(f.root(), new Lifetime(-1, -1)));
    for (int i = 0; i < program.size(); i++) {
      touch(lifetimes, program.get(i).inputs(), i);
      touch(lifetimes, program.get(i).outputs(), i);
    }
    touch(lifetimes, results, program.size());
    return lifetimes;
  }

  private static void touch(Map<Root, Lifetime> lifetimes, Collection<Value> values, int at) {
    for (Value value : values) {
      Root root = value.root();
      if (root.kind() != Root.Kind.LEAF) {
        lifetimes.merge(root, new Lifetime(at, at), (old, now) -> old.until(at));
      }
    }
  }
}
