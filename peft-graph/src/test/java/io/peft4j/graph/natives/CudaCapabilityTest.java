package io.peft4j.graph.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which devices ND4J's CUDA back end has machine code for, and what is said of others. */
class CudaCapabilityTest {
  @ParameterizedTest
  @CsvSource({
    "3, 5, false",
    "3, 7, true",
    "5, 0, true",
    "5, 2, true",
    "5, 3, true",
    "6, 0, true",
    "6, 1, true",
    "7, 0, true",
    "7, 5, true",
    "8, 0, true",
    "8, 6, true",
    "8, 7, true",
    "8, 9, true",
    // Hopper and Blackwell: machine code of another generation never runs
    "9, 0, false",
    "10, 0, false",
    "12, 0, false",
    "2, 1, false",
    "4, 0, false",
  })
  void machineCodeRunsWithinItsGeneration(int major, int minor, boolean supported) {
    assertEquals(supported, new CudaCapability(major, minor).isSupported());
  }

  @Test
  void aDeviceWithoutCodeIsNamedWithTheWayOut() {
    CudaDevice hopper = new CudaDevice(0, "H100", new CudaCapability(9, 0));
    String alone = Advice.onDevices(List.of(hopper)).get(0);
    assertTrue(alone.contains("device 0, H100, has compute capability 9.0"), alone);
    assertTrue(alone.endsWith("build without -Pcuda"), alone);

    CudaDevice ampere = new CudaDevice(1, "A100", new CudaCapability(8, 0));
    List<String> beside = Advice.onDevices(List.of(hopper, ampere));
    assertEquals(1, beside.size());
    assertTrue(beside.get(0).endsWith("set CUDA_VISIBLE_DEVICES=1"), beside.get(0));
    assertEquals(List.of(), Advice.onDevices(List.of(ampere)));
  }

  @Test
  void noDeviceIsAProblemToo() {
    assertTrue(Advice.onDevices(List.of()).get(0).startsWith("no CUDA device"));
  }
}
