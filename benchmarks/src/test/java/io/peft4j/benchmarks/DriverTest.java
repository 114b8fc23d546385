package io.peft4j.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The script's own tests: choice of settings, refusal of a slow peer, marks of the documents. */
class DriverTest {
  private static boolean hasPython() {
    return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "python3")));
  }

  @Test
  void itsTestsPass() throws IOException, InterruptedException {
    assumeTrue(hasPython(), "no python3");
    Process process =
        new ProcessBuilder("python3", "-B", "-m", "unittest", "discover", "-s", "driver")
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
  }
}
