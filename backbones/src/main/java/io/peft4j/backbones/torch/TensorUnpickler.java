package io.peft4j.backbones.torch;

import io.peft4j.api.InputException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.razorvine.pickle.Opcodes;
import net.razorvine.pickle.PickleException;
import net.razorvine.pickle.PickleUtils;
import net.razorvine.pickle.Unpickler;
import org.jspecify.annotations.Nullable;

/**
 * Unpickles what {@code torch.save} writes: {@link TensorView} for tensors, {@code Map}, {@code
 * List}, {@code Object[]} (tuple), strings, numbers, booleans and null (None).
 *
 * <p>Any other object is a {@link Mark}: instructions that would look up, call, build or fill one
 * move the stack, nothing else. No container is ever hashed. The work is bounded: the number of
 * instructions, and thereby the memory; claimed lengths by what the stream still holds.
 */
final class TensorUnpickler extends Unpickler {
  /** Pickles of the largest vision checkpoints, optimizer included, have well below 10^6. */
  private static final int MAX_INSTRUCTIONS = 4_000_000;

  private final PickleInput bytes;
  private final String origin;
  private final Map<String, StorageRef> storages = new LinkedHashMap<>();

  private final Map<Long, TensorView> numbered;
  private int instructions;

  private TensorUnpickler(PickleInput bytes, String origin, Map<Long, TensorView> numbered) {
    this.bytes = bytes;
    this.origin = origin;
    this.numbered = numbered;
  }

  /**
   * An object out of a pickle.
   *
   * @param object the object
   * @param storages the storages that the pickle refers to, by key
   */
  record Loaded(@Nullable Object object, Map<String, StorageRef> storages) {}

  /**
   * The next object of a stream.
   *
   * @param origin name of the file in messages
   * @throws InputException if the pickle is damaged
   */
  static Loaded load(PickleInput bytes, String origin) throws IOException {
    return load(bytes, origin, Map.of());
  }

  /**
   * As {@link #load(PickleInput, String)}, where the pickle refers to tensors by number.
   *
   * @param numbered those tensors
   */
  static Loaded load(PickleInput bytes, String origin, Map<Long, TensorView> numbered)
      throws IOException {
    TensorUnpickler unpickler = new TensorUnpickler(bytes, origin, numbered);
    try {
      return new Loaded(unpickler.load(bytes), unpickler.storages);
    } catch (InputException e) {
      throw e;
    } catch (RuntimeException | IOException e) {
      // Whatever the wrong bytes led to: a missing stack entry, a wrong class, a premature end.
      throw new InputException(
          "%s: damaged: no pickle of torch.save at byte %d: %s"
              .formatted(origin, bytes.position(), PythonName.printable(String.valueOf(e))),
          e);
    }
  }

  @Override
  protected @Nullable Object dispatch(short key) throws IOException {
    if (++instructions > MAX_INSTRUCTIONS) {
      throw new InputException(
          "%s: its pickle has more than %d instructions, which no checkpoint needs; save the weights alone with torch.save(model.state_dict(), 'weights.pth')"
              .formatted(origin, MAX_INSTRUCTIONS));
    }
    switch (key) {
      case Opcodes.BINUNICODE, Opcodes.BINSTRING, Opcodes.BINBYTES, Opcodes.LONG4 ->
          bytes.checkLength(4);
      case Opcodes.SHORT_BINUNICODE,
          Opcodes.SHORT_BINSTRING,
          Opcodes.SHORT_BINBYTES,
          Opcodes.LONG1 ->
          bytes.checkLength(1);
      case Opcodes.BINUNICODE8, Opcodes.BINBYTES8, Opcodes.BYTEARRAY8 -> bytes.checkLength(8);
      case Opcodes.MARK, Opcodes.STOP, Opcodes.POP, Opcodes.POP_MARK, Opcodes.DUP -> {}
      case Opcodes.NONE, Opcodes.NEWTRUE, Opcodes.NEWFALSE -> {}
      case Opcodes.INT, Opcodes.LONG, Opcodes.FLOAT, Opcodes.STRING, Opcodes.UNICODE -> {}
      case Opcodes.BININT, Opcodes.BININT1, Opcodes.BININT2, Opcodes.BINFLOAT -> {}
      case Opcodes.TUPLE, Opcodes.EMPTY_TUPLE -> {}
      case Opcodes.TUPLE1, Opcodes.TUPLE2, Opcodes.TUPLE3 -> {}
      case Opcodes.EMPTY_LIST, Opcodes.LIST -> {}
      case Opcodes.GET, Opcodes.BINGET, Opcodes.LONG_BINGET -> {}
      case Opcodes.PUT, Opcodes.BINPUT, Opcodes.LONG_BINPUT, Opcodes.MEMOIZE -> {}
      case Opcodes.PROTO, Opcodes.FRAME, Opcodes.PERSID, Opcodes.BINPERSID -> {}
      default -> {
        if (fills(key) || makes(key)) {
          return NO_RETURN_VALUE;
        }
        throw new InputException(
            "%s: damaged: byte %d of its pickle is 0x%02x, no instruction that torch.save writes"
                .formatted(origin, bytes.position(), key & 0xff));
      }
    }
    return super.dispatch(key);
  }

  /** Puts things into a container; the library's ways would hash, copy, or call. */
  private boolean fills(short key) {
    switch (key) {
      case Opcodes.APPEND -> {
        Object item = stack.pop();
        append(stack.peek(), item);
      }
      case Opcodes.APPENDS -> {
        List<Object> items = stack.pop_all_since_marker();
        Object container = stack.peek();
        items.forEach(item -> append(container, item));
      }
      case Opcodes.SETITEM -> {
        Object value = stack.pop();
        Object name = stack.pop();
        set(stack.peek(), name, value);
      }
      case Opcodes.SETITEMS -> {
        List<Object> items = stack.pop_all_since_marker();
        setAll(stack.peek(), items);
      }
      case Opcodes.ADDITEMS -> {
        stack.pop_all_since_marker();
        mark(stack.peek());
      }
      case Opcodes.BUILD -> {
        // Attributes, such as a state dict's _metadata: of no use here.
        stack.pop();
        stack.peek();
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Makes an object. */
  private boolean makes(short key) throws IOException {
    switch (key) {
      case Opcodes.EMPTY_DICT ->
          // The library's is a HashMap; the order of a state dict is worth keeping.
          stack.add(new LinkedHashMap<Object, Object>());
      case Opcodes.DICT -> {
        Map<Object, Object> map = new LinkedHashMap<>();
        setAll(map, stack.pop_all_since_marker());
        stack.add(map);
      }
      case Opcodes.EMPTY_SET -> stack.add(Mark.of("set"));
      case Opcodes.FROZENSET -> {
        stack.pop_all_since_marker();
        stack.add(Mark.of("frozenset"));
      }
      case Opcodes.GLOBAL -> {
        String module = PickleUtils.readline(bytes);
        stack.add(named(module, PickleUtils.readline(bytes)));
      }
      case Opcodes.STACK_GLOBAL -> {
        String name = (String) stack.pop();
        stack.add(named((String) stack.pop(), name));
      }
      case Opcodes.EXT1 -> stack.add(extension(1));
      case Opcodes.EXT2 -> stack.add(extension(2));
      case Opcodes.EXT4 -> stack.add(extension(4));
      case Opcodes.REDUCE, Opcodes.NEWOBJ -> {
        Object arguments = stack.pop();
        stack.add(Construction.call(stack.pop(), arguments));
      }
      case Opcodes.NEWOBJ_EX -> {
        stack.pop();
        Object arguments = stack.pop();
        stack.add(Construction.call(stack.pop(), arguments));
      }
      case Opcodes.INST -> {
        String module = PickleUtils.readline(bytes);
        Object type = named(module, PickleUtils.readline(bytes));
        stack.add(Construction.call(type, stack.pop_all_since_marker().toArray()));
      }
      case Opcodes.OBJ -> {
        List<Object> items = stack.pop_all_since_marker();
        stack.add(Construction.call(items.get(0), items.subList(1, items.size()).toArray()));
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private static Object named(String module, String name) {
    Optional<PythonName> known = PythonName.of(module, name);
    return known.isPresent() ? known.get() : Mark.of(module + "." + name);
  }

  private Mark extension(int width) throws IOException {
    long code = 0;
    for (int i = 0; i < width; i++) {
      code |= (long) Math.max(0, bytes.read()) << (8 * i);
    }
    return Mark.of("extension code " + code);
  }

  @Override
  protected Object persistentLoad(Object id) {
    if (id instanceof String number && !numbered.isEmpty()) {
      return Optional.ofNullable(numbered.get(Long.valueOf(number)))
          .orElseThrow(() -> new PickleException("there is no tensor of number " + number));
    }
    if (!(id instanceof Object[] parts) || parts.length < 2) {
      return Mark.of("persistent id");
    }
    // ("module", class, source file, source) is how old versions save a whole model.
    if (!"storage".equals(parts[0]) || parts[1] instanceof Mark) {
      return parts[1] instanceof Mark type ? type : Mark.of("persistent id");
    }
    StorageRef storage = Construction.storage(parts);
    StorageRef all = StorageRef.whole(storage.key(), storage.type(), storage.whole());
    StorageRef before = storages.putIfAbsent(storage.key(), all);
    if (before != null && !before.equals(all)) {
      throw new PickleException("storage '%s' has two sizes or types".formatted(storage.key()));
    }
    return storage;
  }

  private static Mark mark(Object container) {
    return (Mark) container;
  }

  @SuppressWarnings("unchecked") // whatever it holds is an object
  private static void append(Object container, @Nullable Object item) {
    if (!(container instanceof Mark)) {
      ((ArrayList<Object>) container).add(item);
    }
  }

  private static void setAll(Object container, List<Object> items) {
    if (items.size() % 2 != 0) {
      throw new PickleException("a dictionary's key has no value");
    }
    for (int i = 0; i < items.size(); i += 2) {
      set(container, items.get(i), items.get(i + 1));
    }
  }

  /** A container as a key is not kept: hashing one that holds itself would never end. */
  @SuppressWarnings("unchecked") // what goes in as a key is checked
  private static void set(Object container, @Nullable Object key, @Nullable Object value) {
    if (!(container instanceof Mark)) {
      boolean plain = key instanceof String || key instanceof Number || key instanceof Boolean;
      ((LinkedHashMap<Object, Object>) container).put(plain ? key : Mark.of("key"), value);
    }
  }
}
