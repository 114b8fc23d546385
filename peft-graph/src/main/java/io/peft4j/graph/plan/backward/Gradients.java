package io.peft4j.graph.plan.backward;

import io.peft4j.graph.plan.ir.Layout;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Program;
import io.peft4j.graph.plan.ir.Root;
import io.peft4j.graph.plan.ir.Strided;
import io.peft4j.graph.plan.ir.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Gradients of buffers while they are collected.
 *
 * <p>The gradient of a buffer is kept in the buffer's own order. It is either the gradient of
 * something else, seen in another layout (a sum passes its gradient on: nothing is moved), or a
 * buffer of its own, to which further contributions are added where they belong.
 */
final class Gradients {
  private final Program program;
  private final Flow flow;
  private final Map<Root, Entry> entries = new HashMap<>();

  /**
   * A gradient in the order of its buffer.
   *
   * @param flat {@code [elements]}
   * @param owned true if it is a whole buffer that nothing else refers to
   */
  private record Entry(Value flat, boolean owned) {}

  Gradients(Program program, Flow flow) {
    this.program = program;
    this.flow = flow;
  }

  Program program() {
    return program;
  }

  /** True if the gradient with respect to the value is wanted. */
  boolean wanted(Value value) {
    return value.type().isFPType() && flow.carries(value.root());
  }

  /** The gradient with respect to a value, in its shape, not moved; null if nothing led to it. */
  @Nullable Value of(Value value) {
    Entry entry = entries.get(value.root());
    return entry == null ? null : entry.flat.pick(value.layout());
  }

  /**
   * The gradient with respect to a product, strided so that a product can read it; its scale is
   * left. It is moved there at most once, however many products have a part in the same sum.
   */
  Value ofProduct(Value value) {
    Value g = Objects.requireNonNull(of(value));
    if (g.layout() instanceof Strided s && s.isMatrix()) {
      return g;
    }
    Value copy = program.plain(g.unscaled()).times(g.scale());
    if (isWhole(value)) {
      entries.put(value.root(), new Entry(flat(copy), false));
    }
    return copy;
  }

  /** Starts at the loss. */
  void seed(Value loss) {
    Value one = temporary(loss);
    program.add(name(loss), new Operation.Fill(1), List.of(), one);
    entries.put(loss.root(), new Entry(flat(one), true));
  }

  /**
   * Adds a contribution that exists.
   *
   * @param value with respect to what; its scale is left to the caller
   * @param gradient the contribution, in the shape of {@code value} or one of as many elements
   */
  void add(Value value, Value gradient) {
    contribute(value, gradient.reshape(value.shape()), false);
  }

  /** As {@link #add}, of a buffer that was made for this and that nothing else refers to. */
  void addOwned(Value value, Value gradient) {
    contribute(value, gradient.reshape(value.shape()), true);
  }

  /** {@link #addOwned}, if the gradient is wanted. */
  void addWanted(Value value, Value gradient) {
    if (wanted(value)) {
      addOwned(value, gradient);
    }
  }

  private void contribute(Value value, Value gradient, boolean mine) {
    Root root = value.root();
    Layout layout = value.layout();
    Entry entry = entries.get(root);
    boolean whole = isWhole(value);
    if (entry == null && whole) {
      entries.put(root, new Entry(flat(gradient), mine && gradient.isWhole()));
      return;
    }
    if (entry == null && !flow.isTiled(root)) {
      Optional<Layout> back = layout.inverse(root.elements());
      if (back.isPresent()) {
        entries.put(root, new Entry(flat(gradient).pick(back.get()), false));
        return;
      }
    }
    boolean takesOver = entry != null && !entry.owned && whole && mine && gradient.isWhole();
    if (takesOver) {
      program.add(name(value), new Operation.Move(true), List.of(entry.flat), flat(gradient));
      entries.put(root, new Entry(flat(gradient), true));
      return;
    }
    Value place = own(value).with(layout);
    program.add(name(value), new Operation.Move(!flow.isTiled(root)), List.of(gradient), place);
  }

  /**
   * Lets a rule write a contribution straight to where it belongs.
   *
   * @param write given the place, strided and in the shape of {@code value}, and whether to add to
   *     what is there
   */
  void write(Value value, BiConsumer<Value, Boolean> write) {
    Root root = value.root();
    Entry entry = entries.get(root);
    boolean strided = value.layout() instanceof Strided;
    boolean covers = strided && ((Strided) value.layout()).isPermutation(root.elements());
    if (entry == null && covers && !flow.isTiled(root)) {
      Value all = temporary(root);
      entries.put(root, new Entry(all, true));
      write.accept(all.with(value.layout()), false);
    } else if (strided && (flow.isTiled(root) || entry != null && entry.owned)) {
      write.accept(own(value).with(value.layout()), !flow.isTiled(root));
    } else {
      Value part = temporary(value);
      write.accept(part, false);
      addOwned(value, part);
    }
  }

  /** The gradient's own buffer, made if there is none: copied, or zero. */
  private Value own(Value value) {
    Root root = value.root();
    Entry entry = entries.get(root);
    if (entry != null && entry.owned) {
      return entry.flat;
    }
    Value all = temporary(root);
    if (entry != null) {
      program.add(name(value), new Operation.Move(false), List.of(entry.flat), all);
    } else if (!flow.isTiled(root)) {
      program.add(name(value), new Operation.Fill(0), List.of(), all);
    }
    entries.put(root, new Entry(all, true));
    return all;
  }

  private static boolean isWhole(Value value) {
    return value.layout() instanceof Strided s
        && s.isDense()
        && s.offset() == 0
        && s.elements() == value.root().elements();
  }

  private static Value flat(Value value) {
    return value.reshape(value.layout().elements());
  }

  /** A new buffer in the shape of a value. */
  Value temporary(Value like) {
    return program.temporary(name(like), like.type(), like.shape());
  }

  private Value temporary(Root root) {
    return program.temporary(root.name() + "'", root.type(), root.elements());
  }

  /** Name of a value's gradient. */
  static String name(Value value) {
    return value.root().name() + "'";
  }
}
