package io.peft4j.graph.plan.batch;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Layout;
import io.peft4j.graph.plan.ir.Program;
import io.peft4j.graph.plan.ir.Root;
import io.peft4j.graph.plan.ir.Strided;
import io.peft4j.graph.plan.ir.Value;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * Buffers that lie one behind the other in a larger one, so that a product can read them as one.
 */
final class Slabs {
  private final Program program;
  private final Map<Root, Place> places = new HashMap<>();

  private record Place(Root slab, long offset) {}

  Slabs(Program program) {
    this.program = program;
  }

  /** True if whole matrices of one shape lie behind each other in this order, or may be put so. */
  boolean canJoin(List<Value> parts) {
    Place first = places.get(parts.get(0).root());
    if (first == null) {
      return parts.stream().noneMatch(v -> places.containsKey(v.root()))
          && new HashSet<>(parts.stream().map(Value::root).toList()).size() == parts.size();
    }
    for (int i = 1; i < parts.size(); i++) {
      long offset = first.offset + i * parts.get(i).layout().elements();
      if (!new Place(first.slab, offset).equals(places.get(parts.get(i).root()))) {
        return false;
      }
    }
    return true;
  }

  /** The matrices as one, with the rows of all. */
  Value join(List<Value> parts) {
    Value part = parts.get(0);
    long[] shape = part.shape();
    long rows = shape[0] * parts.size();
    if (!places.containsKey(part.root())) {
      Root slab = program.temporary(part.root().name(), part.type(), rows, shape[1]).root();
      for (int i = 0; i < parts.size(); i++) {
        places.put(parts.get(i).root(), new Place(slab, i * part.layout().elements()));
      }
    }
    Place first = places.get(part.root());
    Layout all = Strided.of(first.offset, new long[] {rows, shape[1]}, new long[] {shape[1], 1});
    return new Value(first.slab, all, 1);
  }

  /** Where a buffer starts in its slab; -1 outside any. */
  long offset(Root root) {
    Place place = places.get(root);
    return place == null ? -1 : place.offset;
  }

  /** The buffer that holds what this one was to hold. */
  Root root(Root root) {
    Place place = places.get(root);
    return place == null ? root : place.slab;
  }

  Instruction moved(Instruction i) {
    return new Instruction(
        i.operation(),
        i.inputs().stream().map(this::moved).toList(),
        i.outputs().stream().map(this::moved).toList(),
        i.name());
  }

  private Value moved(Value value) {
    Place place = places.get(value.root());
    return place == null
        ? value
        : new Value(place.slab, value.layout().shifted(place.offset), value.scale());
  }
}
