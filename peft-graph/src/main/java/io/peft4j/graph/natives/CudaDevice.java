package io.peft4j.graph.natives;

/**
 * A CUDA device that this process can see.
 *
 * @param index number, as {@code CUDA_VISIBLE_DEVICES} counts
 * @param name what the driver calls it
 */
public record CudaDevice(int index, String name, CudaCapability capability) {
  /** True if ND4J's CUDA back end has code for it. */
  public boolean isSupported() {
    return capability.isSupported();
  }
}
