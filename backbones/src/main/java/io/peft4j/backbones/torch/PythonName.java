package io.peft4j.backbones.torch;

import io.peft4j.api.InputException;
import io.peft4j.backbones.safetensors.TensorType;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a pickle may name. Nothing of Python is looked up or run: each constant stands for a tensor
 * or for a plain container that the unpickler builds by itself, any other name is refused.
 *
 * <p>Two classes of settings are among them because checkpoints of Swin ({@code config}) and PVT
 * ({@code args}) hold them beside the model: they become dictionaries, which nobody reads.
 */
enum PythonName {
  ORDERED_DICT("collections", "OrderedDict"),
  CFG_NODE("yacs.config", "CfgNode"),
  NAMESPACE("argparse", "Namespace"),
  SIZE("torch", "Size"),
  TENSOR("torch._utils", "_rebuild_tensor"),
  TENSOR_V2("torch._utils", "_rebuild_tensor_v2"),
  PARAMETER("torch._utils", "_rebuild_parameter"),
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

  /**
   * The constant for a name.
   *
   * @param origin name of the file in messages
   * @throws InputException if a pickle may not name it
   */
  static PythonName of(String module, String name, String origin) {
    for (PythonName known : values()) {
      if (known.module.equals(module) && known.name.equals(name)) {
        return known;
      }
    }
    throw new InputException(
        ("%s: holds a '%s', but only tensors and plain containers are read from a pickle; if you"
                + " trust the file, save its weights alone in Python: torch.save(model.state_dict(),"
                + " 'weights.pth')")
            .formatted(origin, printable(module + "." + name)));
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
