package io.peft4j.benchmarks.plot;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.peft4j.api.InputException;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;

/**
 * Cost against size, one panel a series; the dashed line is the first point times the growth of the
 * size, what a linear cost would be.
 *
 * <p>The file: {@code {"series": [{"name", "unit", "points": [{"x", "size", "ms", "mb"}]}]}}, where
 * {@code size} is what the cost should be linear in, such as pixels.
 */
public final class ScalingPlot {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int WIDTH = 480;
  private static final int HEIGHT = 360;

  private ScalingPlot() {}

  /**
   * Draws the series of a file into a PNG.
   *
   * @throws InputException if the file is not as described
   */
  public static void draw(Path json, Path png) {
    List<XYChart> charts = new ArrayList<>();
    for (JsonNode series : read(json)) {
      charts.add(chart(json, series));
    }
    Path folder = png.toAbsolutePath().getParent();
    try {
      // Not by createTempFile, which hides the picture from others.
      Path temporary = folder.resolve(".plot-" + UUID.randomUUID() + ".png");
      try {
        BitmapEncoder.saveBitmap(
            charts, 1, charts.size(), temporary.toString(), BitmapEncoder.BitmapFormat.PNG);
        Files.move(temporary, png, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw new InputException(png + ": cannot be written: " + e.getMessage(), e);
    }
  }

  private static JsonNode read(Path json) {
    try {
      JsonNode series = JSON.readTree(json.toFile()).path("series");
      if (series.isArray() && !series.isEmpty()) {
        return series;
      }
    } catch (IOException e) {
      throw new InputException(json + ": cannot be read: " + e.getMessage(), e);
    }
    throw new InputException(json + ": holds no series; write it with benchmarks/run --scaling");
  }

  private static XYChart chart(Path json, JsonNode series) {
    JsonNode points = series.path("points");
    if (!points.isArray() || points.isEmpty()) {
      throw new InputException(
          "%s: series '%s' has no points".formatted(json, series.path("name").asText()));
    }
    int count = points.size();
    double[] x = new double[count];
    double[] millis = new double[count];
    double[] linear = new double[count];
    JsonNode first = points.get(0);
    for (int i = 0; i < count; i++) {
      JsonNode point = points.get(i);
      x[i] = point.path("x").asDouble();
      millis[i] = point.path("ms").asDouble();
      linear[i] =
          first.path("ms").asDouble()
              * point.path("size").asDouble()
              / first.path("size").asDouble();
    }
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(series.path("name").asText())
            .xAxisTitle(series.path("unit").asText())
            .yAxisTitle("ms a step")
            .build();
    chart.getStyler().setYAxisMin(0.0);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideNW);
    chart.addSeries("measured", x, millis);
    chart.addSeries("linear", x, linear);
    return chart;
  }
}
