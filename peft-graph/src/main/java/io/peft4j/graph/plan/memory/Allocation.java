package io.peft4j.graph.plan.memory;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Root;
import io.peft4j.graph.plan.ir.Value;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Places of buffers in arenas, one arena for each element type. Buffers that never live together
 * may lie on top of each other.
 *
 * <p>The largest buffer is placed first, each at the lowest place that is free for its lifetime
 * (Pisarchyk and Lee 2020, "greedy by size").
 */
public final class Allocation {
  /** Elements; 64 bytes of floats, a cache line. */
  private static final long ALIGNMENT = 16;

  private final Map<Root, Long> offsets = new HashMap<>();
  private final Map<DataType, Long> sizes = new EnumMap<>(DataType.class);

  private record Placed(Lifetime life, long from, long to) {}

  private Allocation() {}

  /**
   * Allocates for a program.
   *
   * @param feeds values that are filled before a run
   * @param results values that are read after it
   */
  public static Allocation of(
      List<Instruction> program, Collection<Value> feeds, Collection<Value> results) {
    Allocation allocation = new Allocation();
    Map<Root, Lifetime> lifetimes = Lifetime.of(program, feeds, results);
    Map<DataType, List<Root>> byType = new EnumMap<>(DataType.class);
    for (Root root : lifetimes.keySet()) {
      byType.computeIfAbsent(root.type(), t -> new ArrayList<>()).add(root);
    }
    byType.forEach((type, roots) -> allocation.place(type, roots, lifetimes));
    return allocation;
  }

  private void place(DataType type, List<Root> roots, Map<Root, Lifetime> lifetimes) {
    roots.sort(Comparator.comparingLong(Root::elements).reversed().thenComparingInt(Root::id));
    // By place, so that one walk finds the first gap.
    List<Placed> placed = new ArrayList<>();
    long end = 0;
    for (Root root : roots) {
      Lifetime life = lifetimes.get(root);
      long size = (Math.max(1, root.elements()) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
      long at = 0;
      int insert = 0;
      for (Placed other : placed) {
        if (life.overlaps(other.life)) {
          if (at + size <= other.from) {
            break;
          }
          at = Math.max(at, other.to);
        }
      }
      while (insert < placed.size() && placed.get(insert).from < at) {
        insert++;
      }
      placed.add(insert, new Placed(life, at, at + size));
      offsets.put(root, at);
      end = Math.max(end, at + size);
    }
    sizes.put(type, end);
  }

  /** Where a buffer starts in the arena of its type, in elements. */
  public long offset(Root root) {
    Long offset = offsets.get(root);
    if (offset == null) {
      throw new IllegalArgumentException(root + " (" + root.name() + ") is not in an arena");
    }
    return offset;
  }

  /** Elements that the arena of each type must have. */
  public Map<DataType, Long> sizes() {
    return Map.copyOf(sizes);
  }
}
