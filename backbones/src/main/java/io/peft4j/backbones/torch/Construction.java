package io.peft4j.backbones.torch;

import com.google.common.primitives.ImmutableLongArray;
import io.peft4j.api.Shape;
import io.peft4j.backbones.safetensors.TensorType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.razorvine.pickle.PickleException;
import org.jspecify.annotations.Nullable;

/**
 * What the calls in a pickle stand for. Only {@link PythonName}s make something else than marks.
 */
final class Construction {
  private static final String CONVERT =
      "convert it in Python, such as by .to_dense().float() or .dequantize()";

  private Construction() {}

  /** What {@code callable(*arguments)} gives, in Python's terms. */
  static Object call(Object callable, @Nullable Object arguments) {
    if (callable instanceof Mark mark) {
      return mark.name().startsWith("torch._utils._rebuild_") ? unread(mark) : mark;
    }
    return make((PythonName) callable, (Object[]) arguments);
  }

  private static Object make(PythonName name, Object[] arguments) {
    return switch (name) {
      case ORDERED_DICT -> pairs(arguments);
      case DICT, DICT_2, DEFAULT_DICT, CFG_NODE -> new LinkedHashMap<>();
      case SIZE -> (Object[]) arguments[0];
      case TENSOR, TENSOR_V2 -> tensor(arguments);
      // Types without a storage class of their own, such as float8; the type is an argument.
      case TENSOR_V3 -> unread((Mark) arguments[6]);
      // Tensors with attributes or of a subclass: what makes the tensor is the first argument.
      case TENSOR_OF_TYPE -> call(arguments[0], arguments[2]);
      case PARAMETER, PARAMETER_STATE ->
          arguments[0] instanceof Mark mark ? mark : (TensorView) arguments[0];
      default -> throw new PickleException(name + " is no function");
    };
  }

  /** As Python 2 wrote ordered dictionaries: a list of pairs, if it is not filled later. */
  private static Map<Object, Object> pairs(Object[] arguments) {
    Map<Object, Object> map = new LinkedHashMap<>();
    if (arguments.length == 1) {
      for (Object pair : (List<?>) arguments[0]) {
        Object[] both = ((List<?>) pair).toArray();
        map.put((String) both[0], both[1]);
      }
    }
    return map;
  }

  /** Nobody may need it, so a tensor that cannot be is no reason to refuse the file. */
  private static Object tensor(Object[] arguments) {
    if (arguments[0] instanceof Mark storage) {
      return unread(storage);
    }
    StorageRef storage = (StorageRef) arguments[0];
    long offset = integer(arguments[1]);
    ImmutableLongArray strides = integers(arguments[3]);
    long[] dims = integers(arguments[2]).toArray();
    try {
      return new TensorView(storage, offset, Shape.of(dims), strides);
    } catch (IllegalArgumentException e) {
      return Mark.tensor("tensor", e.getMessage());
    }
  }

  private static Mark unread(Mark mark) {
    return Mark.tensor(mark.name(), "holds a '%s', which is not read; ".formatted(mark) + CONVERT);
  }

  /**
   * The storage that a persistent id names: {@code ("storage", class, key, location, elements)},
   * with a view {@code (key, offset, elements)} behind it in older files.
   */
  static StorageRef storage(Object[] id) {
    TensorType type =
        ((PythonName) id[1])
            .storage()
            .orElseThrow(() -> new PickleException(id[1] + " is no storage"));
    String key = (String) id[2];
    long whole = integer(id[4]);
    if (id.length > 5 && id[5] != null) {
      Object[] view = (Object[]) id[5];
      return new StorageRef(key, type, whole, integer(view[1]), integer(view[2]));
    }
    return StorageRef.whole(key, type, whole);
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
