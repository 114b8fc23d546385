package io.peft4j.graph.plan.lower;

import io.peft4j.graph.plan.ir.Program;
import io.peft4j.graph.plan.ir.Value;
import java.util.HashMap;
import java.util.Map;

/** Plain copies of values: what several operations read in order is moved once. */
final class Copies {
  private final Program program;
  private final Map<Value, Value> made = new HashMap<>();

  Copies(Program program) {
    this.program = program;
  }

  /** The value if it is plain, else its copy. Nothing writes to a value once it is read. */
  Value plain(Value value) {
    if (value.isPlain()) {
      return value;
    }
    Value known = made.get(value);
    if (known == null) {
      known = program.plain(value);
      made.put(value, known);
    }
    return known;
  }
}
