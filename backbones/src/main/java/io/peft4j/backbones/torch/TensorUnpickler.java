package io.peft4j.backbones.torch;

import com.google.common.primitives.ImmutableLongArray;
import io.peft4j.api.InputException;
import io.peft4j.api.Shape;
import io.peft4j.backbones.safetensors.TensorType;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.razorvine.pickle.Opcodes;
import net.razorvine.pickle.PickleException;
import net.razorvine.pickle.PickleUtils;
import net.razorvine.pickle.Unpickler;
import org.jspecify.annotations.Nullable;

/**
 * Unpickles what {@code torch.save} writes: {@link TensorView} for tensors, {@code Map}, {@code
 * List}, {@code Object[]} (tuple), strings, numbers, booleans and null (None).
 *
 * <p>Instructions that this needs are allowed, the others refused, among them all that could call
 * something or hash a container. The work is bounded: the number of instructions, and thereby the
 * memory; claimed lengths by what the stream still holds.
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
   * @throws InputException if the pickle is damaged, or names or does what is not allowed
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
  protected Object dispatch(short key) throws IOException {
    if (++instructions > MAX_INSTRUCTIONS) {
      throw new InputException(
          "%s: its pickle has more than %d instructions, which no checkpoint needs"
              .formatted(origin, MAX_INSTRUCTIONS));
    }
    switch (key) {
      case Opcodes.BINUNICODE, Opcodes.BINSTRING, Opcodes.BINBYTES -> bytes.checkLength(4);
      case Opcodes.SHORT_BINUNICODE,
          Opcodes.SHORT_BINSTRING,
          Opcodes.SHORT_BINBYTES,
          Opcodes.LONG1 ->
          bytes.checkLength(1);
      case Opcodes.MARK, Opcodes.STOP, Opcodes.POP, Opcodes.POP_MARK, Opcodes.DUP -> {}
      case Opcodes.NONE, Opcodes.NEWTRUE, Opcodes.NEWFALSE -> {}
      case Opcodes.BININT, Opcodes.BININT1, Opcodes.BININT2, Opcodes.BINFLOAT -> {}
      case Opcodes.TUPLE, Opcodes.EMPTY_TUPLE -> {}
      case Opcodes.TUPLE1, Opcodes.TUPLE2, Opcodes.TUPLE3 -> {}
      case Opcodes.EMPTY_LIST, Opcodes.APPEND -> {}
      case Opcodes.BINGET, Opcodes.LONG_BINGET -> {}
      case Opcodes.BINPUT, Opcodes.LONG_BINPUT, Opcodes.MEMOIZE -> {}
      case Opcodes.PROTO, Opcodes.FRAME, Opcodes.BINPERSID -> {}
      case Opcodes.APPENDS -> {
        // The library's trims the list each time, which takes time squared in a long one.
        List<Object> items = stack.pop_all_since_marker();
        list(stack.peek()).addAll(items);
        return NO_RETURN_VALUE;
      }
      case Opcodes.EMPTY_DICT -> {
        // The library's is a HashMap; the order of a state dict is worth keeping.
        stack.add(new LinkedHashMap<String, Object>());
        return NO_RETURN_VALUE;
      }
      case Opcodes.SETITEM -> {
        Object value = stack.pop();
        Object name = stack.pop();
        set(map(stack.peek()), name, value);
        return NO_RETURN_VALUE;
      }
      case Opcodes.SETITEMS -> {
        List<Object> items = stack.pop_all_since_marker();
        setAll(map(stack.peek()), items);
        return NO_RETURN_VALUE;
      }
      case Opcodes.GLOBAL -> {
        String module = PickleUtils.readline(bytes);
        stack.add(PythonName.of(module, PickleUtils.readline(bytes), origin));
        return NO_RETURN_VALUE;
      }
      case Opcodes.STACK_GLOBAL -> {
        String name = (String) stack.pop();
        stack.add(PythonName.of((String) stack.pop(), name, origin));
        return NO_RETURN_VALUE;
      }
      case Opcodes.REDUCE, Opcodes.NEWOBJ -> {
        Object[] arguments = (Object[]) stack.pop();
        stack.add(make((PythonName) stack.pop(), arguments));
        return NO_RETURN_VALUE;
      }
      case Opcodes.BUILD -> {
        // Attributes of a dictionary, such as a state dict's _metadata: of no use here.
        stack.pop();
        map(stack.peek());
        return NO_RETURN_VALUE;
      }
      default ->
          throw new InputException(
              "%s: instruction 0x%02x of its pickle is not one that tensors need; save the weights again with torch.save(model.state_dict(), 'weights.pth')"
                  .formatted(origin, key & 0xff));
    }
    return super.dispatch(key);
  }

  @Override
  protected Object persistentLoad(Object id) {
    if (id instanceof String number) {
      TensorView tensor = numbered.get(Long.valueOf(number));
      if (tensor == null) {
        throw new PickleException("there is no tensor of number " + number);
      }
      return tensor;
    }
    Object[] parts = (Object[]) id;
    if (!"storage".equals(parts[0])) {
      throw new InputException(
          origin
              + ": holds a whole model, not its weights; in Python: torch.save(model.state_dict(),"
              + " 'weights.pth')");
    }
    TensorType type =
        ((PythonName) parts[1])
            .storage()
            .orElseThrow(() -> new PickleException(parts[1] + " is no storage"));
    String key = (String) parts[2];
    long whole = integer(parts[4]);
    StorageRef all = StorageRef.whole(key, type, whole);
    StorageRef before = storages.putIfAbsent(key, all);
    if (before != null && !before.equals(all)) {
      throw new PickleException("storage '%s' has two sizes or types".formatted(key));
    }
    if (parts.length > 5 && parts[5] != null) {
      Object[] view = (Object[]) parts[5];
      return new StorageRef(key, type, whole, integer(view[1]), integer(view[2]));
    }
    return all;
  }

  private static Object make(PythonName name, Object[] arguments) {
    return switch (name) {
      case ORDERED_DICT -> {
        Map<Object, Object> map = new LinkedHashMap<>();
        if (arguments.length == 1) {
          // As Python 2 wrote them: a list of pairs.
          for (Object pair : (List<?>) arguments[0]) {
            Object[] both = ((List<?>) pair).toArray();
            set(map, both[0], both[1]);
          }
        }
        yield map;
      }
      case CFG_NODE, NAMESPACE -> new LinkedHashMap<>();
      case SIZE -> (Object[]) arguments[0];
      case TENSOR, TENSOR_V2 ->
          new TensorView(
              (StorageRef) arguments[0],
              integer(arguments[1]),
              new Shape(integers(arguments[2])),
              integers(arguments[3]));
      case PARAMETER -> (TensorView) arguments[0];
      default -> throw new PickleException(name + " is no function");
    };
  }

  @SuppressWarnings("unchecked") // whatever it holds is an object
  private static List<Object> list(Object container) {
    return (List<Object>) container;
  }

  @SuppressWarnings("unchecked") // set() checks what goes in
  private static Map<Object, Object> map(Object container) {
    return (Map<Object, Object>) container;
  }

  private static void setAll(Map<Object, Object> map, List<Object> items) {
    if (items.size() % 2 != 0) {
      throw new PickleException("a dictionary's key has no value");
    }
    for (int i = 0; i < items.size(); i += 2) {
      set(map, items.get(i), items.get(i + 1));
    }
  }

  /** A container as a key is refused: hashing one that holds itself would never end. */
  private static void set(Map<Object, Object> map, Object key, Object value) {
    if (!(key instanceof String || key instanceof Number || key instanceof Boolean)) {
      throw new PickleException("a dictionary's key is neither a string nor a number");
    }
    map.put(key, value);
  }

  private static ImmutableLongArray integers(Object tuple) {
    Object[] numbers = tuple instanceof List<?> list ? list.toArray() : (Object[]) tuple;
    ImmutableLongArray.Builder result = ImmutableLongArray.builder(numbers.length);
    for (Object number : numbers) {
      result.add(integer(number));
    }
    return result.build();
  }

  private static long integer(Object number) {
    if (number instanceof Integer || number instanceof Long) {
      return ((Number) number).longValue();
    }
    throw new PickleException("an integer is needed");
  }
}
