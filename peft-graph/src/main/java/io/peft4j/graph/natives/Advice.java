package io.peft4j.graph.natives;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What to change so that ND4J computes as fast as the machine allows, and has the memory. */
final class Advice {
  /** GFLOP/s that one core with 256-bit kernels reaches easily, and 128-bit ones do not. */
  static final double LOW_RATE = 20;

  private static final long GIB = 1L << 30;

  private Advice() {}

  /** Advice on the kernels that are in force. */
  static List<String> onKernels(Machine machine, Platform platform, Kernels kernels) {
    ImmutableList.Builder<String> advice = ImmutableList.builder();
    Optional<CoreType> best =
        platform == Platform.LINUX_X86_64 ? CoreType.bestFor(machine.cpu()) : Optional.empty();
    Optional<CoreType> missed =
        kernels.core().equals(Kernels.UNKNOWN)
            ? Optional.empty()
            : best.filter(b -> !b.isReachedBy(kernels.core()));
    missed.ifPresent(
        b ->
            advice.add(
                kernels.coreOrigin().equals(Kernels.USER)
                    ? "OpenBLAS uses kernels for %s because %s says so, and this processor can run those for %s: unset it"
                        .formatted(kernels.core(), NativeSettings.CORE_TYPE, b.id())
                    : "OpenBLAS uses kernels for %s, and this processor can run those for %s: set %s=%s"
                        .formatted(kernels.core(), b.id(), NativeSettings.CORE_TYPE, b.id())));
    if (platform == Platform.LINUX_X86_64 && !kernels.oneDnn()) {
      advice.add(
          "ND4J runs without oneDNN, which multiplies and normalises faster: put nd4j-native's"
              + " classifier linux-x86_64-onednn on the class path instead of linux-x86_64");
    }
    if (kernels.threads() > machine.cores()) {
      advice.add(
          "%d threads on %d cores wait for each other: set OMP_NUM_THREADS=%d"
              .formatted(kernels.threads(), machine.cores(), machine.cores()));
    }
    if (best.isPresent() && missed.isEmpty()) {
      kernels.gflops().entrySet().stream()
          .min(Map.Entry.comparingByValue())
          .filter(slowest -> slowest.getValue() < LOW_RATE)
          .ifPresent(
              slowest ->
                  advice.add(
                      String.format(
                          Locale.ROOT,
                          "%.1f GFLOP/s in %s is low for a processor with AVX2, which reaches"
                              + " %.0f: end what else runs on this machine, set OMP_NUM_THREADS to"
                              + " its free cores (%d at most), and ask again",
                          slowest.getValue(),
                          slowest.getKey(),
                          LOW_RATE,
                          machine.cores())));
    }
    return advice.build();
  }

  /** Advice on limits of memory. */
  static List<String> onMemory(MemoryLimits memory) {
    ImmutableList.Builder<String> advice = ImmutableList.builder();
    if (memory.offHeap() > 0 && memory.offHeap() < GIB) {
      advice.add(
          "ND4J's arrays may take %d MiB in all, which is little: set PEFT_OFFHEAP=2g, or"
                  .formatted(memory.offHeap() >> 20)
              + " -Dorg.bytedeco.javacpp.maxbytes=2g");
    }
    if (memory.physical() > 0 && memory.heap() + memory.offHeap() > memory.physical()) {
      advice.add(
          "heap and arrays may grow to %d MiB, more than the %d MiB of this machine: lower PEFT_HEAP or PEFT_OFFHEAP"
              .formatted((memory.heap() + memory.offHeap()) >> 20, memory.physical() >> 20));
    }
    if (memory.process() > 0 && memory.process() < memory.heap() + memory.offHeap()) {
      advice.add(
          "the whole process, mapped files too, may hold %d MiB, less than heap and arrays: set -Dorg.bytedeco.javacpp.maxphysicalbytes=0"
              .formatted(memory.process() >> 20));
    }
    return advice.build();
  }

  /** What keeps ND4J's CUDA back end from running; empty if every device can. */
  static List<String> onDevices(List<CudaDevice> devices) {
    if (devices.isEmpty()) {
      return List.of(
          "no CUDA device: build without -Pcuda, or check nvidia-smi and CUDA_VISIBLE_DEVICES");
    }
    String usable =
        String.join(
            ",",
            devices.stream()
                .filter(CudaDevice::isSupported)
                .map(d -> String.valueOf(d.index()))
                .toList());
    return devices.stream()
        .filter(d -> !d.isSupported())
        .map(
            d ->
                "device %d, %s, has compute capability %s: nd4j-cuda-11.6 has code for %s, which also runs on 8.7 and 8.9, and cannot run on others, whatever the driver; %s"
                    .formatted(
                        d.index(),
                        d.name(),
                        d.capability(),
                        CudaCapability.compiled(),
                        usable.isEmpty()
                            ? "build without -Pcuda"
                            : "set CUDA_VISIBLE_DEVICES=" + usable))
        .toList();
  }
}
