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

  @Test
  void aCoreThatAnOlderRunDidNotTellIsNoDifference() {
    String run =
        "{\"version\": \"1\", \"commit\": \"2\", \"started\": \"3\", \"java\": \"17\", \"os\": \"4\","
            + " \"cpu\": \"5\", \"processors\": 2, \"backend\": \"6\", \"nd4j\": \"7\","
            + " \"threads\": \"1\"%s, \"backboneHash\": \"8\"}";
    Provenance older = Json.parse(run.formatted(""), Provenance.class, "a run");
    Provenance first = Json.parse(run.formatted(", \"core\": \"Zen\""), Provenance.class, "a run");
    Provenance other =
        Json.parse(run.formatted(", \"core\": \"Haswell\""), Provenance.class, "a run");
    assertEquals("", older.differences(first));
    assertEquals("OpenBLAS core Haswell, before Zen", first.differences(other));
  }
}
