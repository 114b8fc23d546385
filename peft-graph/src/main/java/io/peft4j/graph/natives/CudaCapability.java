package io.peft4j.graph.natives;

import com.google.common.collect.ImmutableList;
import java.util.stream.Collectors;

/**
 * Compute capability of a CUDA device.
 *
 * <p>nd4j-cuda-11.6 1.0.0-M2.1 holds machine code for some capabilities and no PTX, which a driver
 * could translate for others. Machine code runs on devices of the same major number whose minor
 * number is not lower (CUDA C++ Programming Guide, "Binary Compatibility").
 *
 * @param major generation
 * @param minor revision within it
 */
public record CudaCapability(int major, int minor) {
  private static final ImmutableList<CudaCapability> COMPILED =
      ImmutableList.of(
          new CudaCapability(3, 7),
          new CudaCapability(5, 0),
          new CudaCapability(5, 2),
          new CudaCapability(6, 0),
          new CudaCapability(6, 1),
          new CudaCapability(7, 0),
          new CudaCapability(7, 5),
          new CudaCapability(8, 0),
          new CudaCapability(8, 6));

  /** True if ND4J's CUDA back end has code for it. */
  public boolean isSupported() {
    return COMPILED.stream().anyMatch(c -> c.major == major && c.minor <= minor);
  }

  /** Those that code was compiled for, as a list in words. */
  static String compiled() {
    return COMPILED.stream().map(CudaCapability::toString).collect(Collectors.joining(", "));
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}
