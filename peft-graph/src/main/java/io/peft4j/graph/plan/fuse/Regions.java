package io.peft4j.graph.plan.fuse;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Program;
import io.peft4j.graph.plan.ir.Root;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Joins neighbouring elementwise instructions on the same arrays, sums of columns and products of
 * low rank: bias, low-rank branch and activation of a layer would go through the same array three
 * times otherwise, and it is memory that they wait for.
 */
public final class Regions {
  private Regions() {}

  /**
   * Rewrites a program, which is complete but for places in memory.
   *
   * @param kept buffers that are read from outside
   */
  public static void form(Program program, Set<Root> kept) {
    List<Instruction> all = delayed(program.instructions());
    Map<Root, Integer> uses = new HashMap<>();
    all.forEach(i -> roots(i).forEach(r -> uses.merge(r, 1, Integer::sum)));
    List<Instruction> result = new ArrayList<>();
    int next = 0;
    while (next < all.size()) {
      Piecewise region = new Piecewise();
      int end = next;
      while (end < all.size() && region.take(all.get(end))) {
        end++;
      }
      // A product that is added row by row is so wherever it stands: its bits are the same then.
      if (end > next + 1 || LowRank.isUpdate(all.get(next))) {
        result.add(region.instruction(hidden(all.subList(next, end), uses, kept)));
        next = end;
      } else {
        result.add(all.get(next++));
      }
    }
    program.replace(result);
  }

  /** A bias waits for the low-rank branch, which is added to the same array. */
  private static List<Instruction> delayed(List<Instruction> all) {
    List<Instruction> result = new ArrayList<>(all);
    for (int i = 0; i + 2 < result.size(); i++) {
      if (LowRank.canSwap(result.get(i), result.get(i + 1), result.get(i + 2))) {
        Collections.swap(result, i, i + 1);
      }
    }
    return result;
  }

  /** Buffers of the arena that nobody else reads or writes. */
  private static Set<Root> hidden(
      List<Instruction> parts, Map<Root, Integer> uses, Set<Root> kept) {
    Map<Root, Integer> own = new HashMap<>();
    parts.forEach(i -> roots(i).forEach(r -> own.merge(r, 1, Integer::sum)));
    Set<Root> hidden = new HashSet<>();
    own.forEach(
        (root, count) -> {
          boolean alone = count.equals(uses.get(root)) && root.kind() == Root.Kind.TEMPORARY;
          if (alone && !kept.contains(root)) {
            hidden.add(root);
          }
        });
    return hidden;
  }

  private static Stream<Root> roots(Instruction i) {
    return Stream.concat(i.inputs().stream(), i.outputs().stream()).map(v -> v.root()).distinct();
  }
}
