package io.peft4j.backbones.torch;

import io.peft4j.backbones.safetensors.TensorType;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The names in a pickle that mean something here. Nothing of Python is looked up or run: each
 * constant stands for a tensor or for a plain container that the unpickler builds by itself, any
 * other name becomes a {@link Mark}.
 */
enum PythonName {
  DICT("builtins", "dict"),
  DICT_2("__builtin__", "dict"),
  ORDERED_DICT("collections", "OrderedDict"),
  DEFAULT_DICT("collections", "defaultdict"),
  CFG_NODE("yacs.config", "CfgNode"),
  SIZE("torch", "Size"),
  TENSOR("torch._utils", "_rebuild_tensor"),
  TENSOR_V2("torch._utils", "_rebuild_tensor_v2"),
  TENSOR_V3("torch._utils", "_rebuild_tensor_v3"),
  TENSOR_OF_TYPE("torch._tensor", "_rebuild_from_type_v2"),
  PARAMETER("torch._utils", "_rebuild_parameter"),
  PARAMETER_STATE("torch._utils", "_rebuild_parameter_with_state"),
  FLOAT(TensorType.F32),
  DOUBLE(TensorType.F64),
  HALF(TensorType.F16),
  BFLOAT16("BFloat16Storage", TensorType.BF16),
  LONG(TensorType.I64),
  INT(TensorType.I32),
  SHORT(TensorType.I16),
  CHAR(TensorType.I8),
  BYTE(TensorType.U8),
  BOOL(TensorType.BOOL);

  private static final int SHOWN = 120;

  private final String module;
  private final String name;
  private final @Nullable TensorType storage;

  PythonName(String module, String name) {
    this.module = module;
    this.name = name;
    this.storage = null;
  }

  PythonName(String name, TensorType storage) {
    this.module = "torch";
    this.name = name;
    this.storage = storage;
  }

  PythonName(TensorType storage) {
    this.module = "torch";
    this.name = name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT) + "Storage";
    this.storage = storage;
  }

  /** The element type, if this is the class of a storage. */
  Optional<TensorType> storage() {
    return Optional.ofNullable(storage);
  }

  /** The constant for a name, if it means something here. */
  static Optional<PythonName> of(String module, String name) {
    return Arrays.stream(values())
        .filter(known -> known.module.equals(module) && known.name.equals(name))
        .findFirst();
  }

  /** A string out of a file as it may stand in a message: short and on one line. */
  static String printable(String text) {
    StringBuilder result = new StringBuilder();
    text.codePoints()
        .limit(SHOWN)
        .map(c -> Character.isISOControl(c) || !Character.isDefined(c) ? '?' : c)
        .forEach(result::appendCodePoint);
    return text.codePointCount(0, text.length()) > SHOWN ? result + "…" : result.toString();
  }
}
