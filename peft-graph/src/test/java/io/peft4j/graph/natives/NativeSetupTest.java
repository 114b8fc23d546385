package io.peft4j.graph.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * In processes of their own, since natives load once: settings are in force when libraries load,
 * and the user's are kept. OpenBLAS says its core and OpenMP its settings on standard error.
 */
class NativeSetupTest {
  @TempDir Path temp;

  @BeforeEach
  void onlyWhereSomethingIsSet() {
    assumeTrue(Platform.current() == Platform.LINUX_X86_64);
  }

  @Test
  void whatWasChosenIsInForceWhenNd4jLoads() throws Exception {
    String output = probe(Map.of(), NativeProbe.ND4J);
    assertLine("loaded by prepare: false", output);
    assertLine("spin count: 1000", output);
    assertLine("GOMP_SPINCOUNT = '1000'", output);
    CoreType.bestFor(CpuInfo.read())
        .map(CoreType::id)
        .ifPresent(
            core -> {
              assertLine("core type: " + core, output);
              assertLine("Core: " + core, output);
              assertLine("core asked: " + core, output);
            });
    assertLine("sum: 4.0", output);
  }

  /** Kernels round in different orders: a program that makes an array first shall get the same. */
  @Test
  void whoeverLoadsNd4jFirstGetsTheSameKernels() throws Exception {
    String output = probe(Map.of(), NativeProbe.ND4J_FIRST);
    assertLine("loaded by prepare: true", output);
    assertLine("spin count: 1000", output);
    assertLine("different cores: 1", output);
    CoreType.bestFor(CpuInfo.read())
        .map(CoreType::id)
        .ifPresent(core -> assertLine("core asked: " + core, output));
    assertFalse(output.contains("WARN"), output);
  }

  @Test
  void theUsersChoiceIsKept() throws Exception {
    Map<String, String> user = Map.of("OPENBLAS_CORETYPE", "Nehalem", "OMP_WAIT_POLICY", "passive");
    String output = probe(user, NativeProbe.OPENBLAS);
    assertLine("core type: Nehalem", output);
    assertLine("Core: Nehalem", output);
    assertLine("core asked: Nehalem", output);
    assertLine("spin count: null", output);
  }

  /** Proves too that OpenBLAS obeys what is set in a running process. */
  @Test
  void whatOtherCodeHasSetIsKept() throws Exception {
    String output = probe(Map.of(), NativeProbe.SET_BEFORE);
    assertLine("Core: Nehalem", output);
    assertLine("core asked: Nehalem", output);
  }

  @Test
  void nothingIsSetWhenItIsTooLate() throws Exception {
    String output = probe(Map.of(), NativeProbe.LATE);
    assertLine("loaded by prepare: true", output);
    assertLine("spin count: null", output);
  }

  private String probe(Map<String, String> environment, String what) throws Exception {
    Path log = temp.resolve("log.txt");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                NativeProbe.class.getName(),
                what)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder
        .environment()
        .keySet()
        .removeAll(List.of("OPENBLAS_CORETYPE", "GOMP_SPINCOUNT", "OMP_WAIT_POLICY"));
    builder.environment().put("OPENBLAS_VERBOSE", "2");
    builder.environment().put("OMP_DISPLAY_ENV", "verbose");
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      assertTrue(process.waitFor(1, TimeUnit.MINUTES), "the probe hangs");
    } finally {
      process.destroyForcibly();
    }
    String output = read(log);
    assertEquals(0, process.exitValue(), output);
    return output;
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file);
  }

  private static void assertLine(String line, String output) {
    assertTrue(output.lines().anyMatch(l -> l.strip().equals(line)), line + "\n---\n" + output);
  }
}
