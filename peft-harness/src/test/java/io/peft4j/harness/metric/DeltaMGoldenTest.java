package io.peft4j.harness.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Δm of every published row, and which printed values agree with the printed metrics. */
class DeltaMGoldenTest {
  /** One printed row of one table. */
  record Row(JsonNode table, JsonNode row) {
    @Override
    public String toString() {
      return table.get("table").textValue() + ": " + row.get("method").textValue();
    }
  }

  static Stream<Row> rows() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (JsonNode table : fixture().get("tables")) {
      table.get("rows").forEach(row -> rows.add(new Row(table, row)));
    }
    return rows.stream();
  }

  private static JsonNode fixture() throws IOException {
    return JsonMapper.builder()
        .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
        .build()
        .readTree(Path.of(System.getProperty("peft.fixtures"), "delta_m.json").toFile());
  }

  @ParameterizedTest
  @MethodSource("rows")
  void aPublishedRow(Row printed) {
    JsonNode row = printed.row();
    double delta =
        DeltaM.percent(
            scores(printed, row.get("metrics")),
            scores(printed, printed.table().get("single_task")));
    assertEquals(row.get("computed").doubleValue(), delta, 0.5e-4 + 1e-9);

    double difference = Math.abs(delta - row.get("published").doubleValue());
    assertEquals(
        row.get("matches_to_2_decimals").booleanValue(), difference <= 0.005 + 1e-9, "2 decimals");
    double half = roundingHalfWidth(printed);
    assertEquals(row.get("rounding_halfwidth").doubleValue(), half, 0.5e-4 + 1e-9);
    assertEquals(
        row.get("consistent_within_rounding").booleanValue(),
        difference <= half + 0.005 + 1e-9,
        "within rounding");
  }

  @Test
  void thereAreRowsThatAgreeAndRowsThatDoNot() throws IOException {
    List<Boolean> consistent =
        rows().map(r -> r.row().get("consistent_within_rounding").booleanValue()).toList();
    assertTrue(consistent.contains(true) && consistent.contains(false));
  }

  private static Map<String, Score> scores(Row printed, JsonNode metrics) {
    Map<String, Score> result = new LinkedHashMap<>();
    for (int t = 0; t < metrics.size(); t++) {
      String task = printed.table().get("tasks").get(t).textValue();
      boolean lower = contains(printed.table().get("lower_is_better"), task);
      result.put(task, new Score(task, metrics.get(t).doubleValue(), !lower));
    }
    return result;
  }

  private static boolean contains(JsonNode list, String text) {
    for (JsonNode node : list) {
      if (node.textValue().equals(text)) {
        return true;
      }
    }
    return false;
  }

  /** How far Δm can move if every printed metric is off by half its last digit. */
  private static double roundingHalfWidth(Row printed) {
    JsonNode metrics = printed.row().get("metrics");
    JsonNode baselines = printed.table().get("single_task");
    double sum = 0;
    for (int t = 0; t < metrics.size(); t++) {
      double metric = metrics.get(t).doubleValue();
      double baseline = baselines.get(t).doubleValue();
      sum +=
          halfDigit(metrics.get(t)) / baseline
              + halfDigit(baselines.get(t)) * metric / (baseline * baseline);
    }
    return 100 * sum / metrics.size();
  }

  /** Half of the last printed decimal; tables print at least two, of which JSON drops zeros. */
  private static double halfDigit(JsonNode number) {
    return 0.5
        * Math.pow(10, -Math.max(2, new BigDecimal(number.asText()).stripTrailingZeros().scale()));
  }
}
