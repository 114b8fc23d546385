package io.peft4j.harness.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peft4j.api.accounting.ParameterReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records of runs are read across versions. */
class JsonTest {
  @Test
  void mapsThatAnOlderFileLacksAreEmpty(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("old.json");
    Files.writeString(
        file,
        "{\"total\": 9, \"trainable\": 3, \"used\": 3, \"adapter\": 3,"
            + " \"groups\": {\"adapter\": 3}, \"newer\": 1}");
    assertEquals(
        new ParameterReport(9, 3, 3, 0, 0, 3, Map.of("adapter", 3L), Map.of(), Map.of()),
        Json.read(file, ParameterReport.class));
  }
}
