package io.peft4j.graph.natives;

import com.google.common.base.StandardSystemProperty;
import com.google.common.base.Strings;
import com.google.common.collect.ImmutableList;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.ptr.IntByReference;
import java.util.List;
import java.util.Locale;

/**
 * NVIDIA's driver, asked directly: ND4J's CUDA back end, started on a device that it has no code
 * for, can end the process before it could be asked anything.
 */
final class CudaDriver {
  /** cuda.h: CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR. */
  private static final int MAJOR = 75;

  private static final int MINOR = 76;
  private static final int NO_DEVICE = 100;
  private static final int NAME_BYTES = 256;

  private final NativeLibrary library;

  private CudaDriver(NativeLibrary library) {
    this.library = library;
  }

  /**
   * The devices that this process can see; empty if there is none.
   *
   * @throws IllegalStateException in words for users, if there is no driver or it fails
   */
  static List<CudaDevice> devices() {
    boolean windows =
        Strings.nullToEmpty(StandardSystemProperty.OS_NAME.value())
            .toLowerCase(Locale.ROOT)
            .startsWith("windows");
    String name = windows ? "nvcuda" : "libcuda.so.1";
    try {
      return new CudaDriver(ForeignLibraries.named(name)).list();
    } catch (LinkageError e) {
      throw new IllegalStateException(
          "no NVIDIA driver: %s cannot be loaded; install it, or build without -Pcuda"
              .formatted(name),
          e);
    }
  }

  private List<CudaDevice> list() {
    int started = call("cuInit", 0);
    if (started == NO_DEVICE) {
      return List.of();
    }
    check("cuInit", started);
    IntByReference number = new IntByReference();
    check("cuDeviceGetCount", call("cuDeviceGetCount", number));
    int count = number.getValue();
    ImmutableList.Builder<CudaDevice> devices = ImmutableList.builder();
    for (int index = 0; index < count; index++) {
      check("cuDeviceGet", call("cuDeviceGet", number, index));
      int handle = number.getValue();
      Memory name = new Memory(NAME_BYTES);
      check("cuDeviceGetName", call("cuDeviceGetName", name, NAME_BYTES, handle));
      CudaCapability capability =
          new CudaCapability(attribute(MAJOR, handle), attribute(MINOR, handle));
      devices.add(new CudaDevice(index, name.getString(0), capability));
    }
    return devices.build();
  }

  private int attribute(int attribute, int device) {
    IntByReference value = new IntByReference();
    check("cuDeviceGetAttribute", call("cuDeviceGetAttribute", value, attribute, device));
    return value.getValue();
  }

  private int call(String function, Object... arguments) {
    return library.getFunction(function).invokeInt(arguments);
  }

  private static void check(String function, int result) {
    if (result != 0) {
      throw new IllegalStateException(
          "NVIDIA's driver fails: %s returns %d; see nvidia-smi".formatted(function, result));
    }
  }
}
