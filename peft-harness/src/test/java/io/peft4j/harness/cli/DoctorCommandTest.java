package io.peft4j.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.peft4j.graph.natives.CpuInfo;
import io.peft4j.graph.natives.CudaCapability;
import io.peft4j.graph.natives.CudaDevice;
import io.peft4j.graph.natives.Diagnosis;
import io.peft4j.graph.natives.Kernels;
import io.peft4j.graph.natives.Machine;
import io.peft4j.graph.natives.MemoryLimits;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The doctor says how ND4J stands, by fixed names, and fails in words where it does not stand. */
class DoctorCommandTest {
  @TempDir Path temp;

  @Test
  void theDocumentHoldsWhatWasFound() {
    Run run = Run.line("doctor --json");
    assertEquals(ExitCode.DONE, run.code(), run.err());
    JsonNode found = run.json();
    assertEquals("CpuBackend", found.path("backend").textValue());
    assertEquals("1.0.0-M2.1", found.path("version").textValue());
    for (String text : List.of("cpu", "blas", "blasCore", "blasCoreFrom", "waiting", "java")) {
      assertFalse(found.path(text).asText().isBlank(), text + ": " + run.out());
    }
    assertEquals(Runtime.getRuntime().availableProcessors(), found.path("cores").intValue());
    assertTrue(found.path("onednn").isBoolean(), run.out());
    assertTrue(found.path("threads").intValue() > 0, run.out());
    assertEquals(
        Set.of("512x512x512", "12544x96x288", "768 x 49x32x49"), names(found.path("gflops")));
    found.path("gflops").forEach(rate -> assertTrue(rate.doubleValue() > 0, run.out()));
    assertEquals(Runtime.getRuntime().maxMemory(), found.path("heapMaxBytes").longValue());
    assertTrue(found.path("offHeapMaxBytes").isIntegralNumber(), run.out());
    assertTrue(found.path("physicalBytes").longValue() > 0, run.out());
    assertTrue(found.path("advice").isArray(), run.out());
    assertEquals(0, found.path("problems").size(), run.out());
    assertTrue(found.path("devices").isMissingNode(), run.out());
  }

  @Test
  void aDeviceWithoutCodeIsShown() throws Exception {
    CudaDevice hopper = new CudaDevice(0, "H100", new CudaCapability(9, 0));
    DoctorReport report =
        DoctorReport.of(
            new Diagnosis(
                new Machine(new CpuInfo("a processor", Set.of()), 2, "17", "Linux"),
                "1.0.0-M2.1",
                new Kernels(Kernels.NONE, "none", "unknown", "unknown", false, 0, "-", Map.of()),
                new MemoryLimits(1L << 30, 0, 0, 0),
                true,
                List.of(hopper),
                List.of("an advice"),
                List.of("a problem")));
    String text = report.text();
    assertTrue(text.contains("H100, compute capability 9.0: ND4J has no code for it"), text);
    assertTrue(text.contains("advice: an advice"), text);
    assertTrue(text.endsWith("ND4J cannot be used here, see standard error"), text);
    JsonNode device = new ObjectMapper().valueToTree(report).path("devices").get(0);
    assertEquals("9.0", device.path("capability").textValue());
    assertFalse(device.path("supported").booleanValue());
  }

  /** In a process of its own, whose class path lacks the back end. */
  @Test
  void aMissingBackEndIsAClearFailure() throws Exception {
    String classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !entry.matches(".*[/\\\\]nd4j-(native|cuda)-[^/\\\\]*\\.jar"))
            .collect(Collectors.joining(File.pathSeparator));
    Path out = temp.resolve("out.txt");
    Path err = temp.resolve("err.txt");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath,
                Main.class.getName(),
                "doctor",
                "--json")
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    assertTrue(process.waitFor(1, TimeUnit.MINUTES), "the command hangs");
    String message = Files.readString(err);
    assertEquals(ExitCode.FAILED, process.exitValue(), message);
    assertTrue(message.contains("peft doctor: ND4J's back end does not load: "), message);
    JsonNode found = new ObjectMapper().readTree(Files.readString(out));
    assertEquals(Kernels.NONE, found.path("backend").textValue());
    assertEquals(1, found.path("problems").size());
  }

  private static Set<String> names(JsonNode object) {
    return object.properties().stream().map(Map.Entry::getKey).collect(Collectors.toSet());
  }
}
