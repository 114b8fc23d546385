package io.peft4j.harness.report;

import io.peft4j.harness.run.ComparisonResult;
import io.peft4j.harness.run.ComparisonRow;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Δm against trainable parameters, one point per method. */
public final class TradeOffPlot {
  /** Width in pixels. */
  public static final int WIDTH = 900;

  /** Height in pixels. */
  public static final int HEIGHT = 560;

  private static final double MILLION = 1e6;

  private TradeOffPlot() {}

  /** The plot; rows without Δm are left out. */
  public static BufferedImage paint(ComparisonResult result) {
    List<ComparisonRow> rows =
        result.rows().stream().filter(r -> r.deltaM() != null && r.trainable() > 0).toList();
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title("Δm against trainable parameters")
            .xAxisTitle("trainable parameters in millions, decoders included")
            .yAxisTitle("Δm in %, against single-task models")
            .build();
    style(chart);
    for (ComparisonRow row : rows) {
      XYSeries series =
          chart.addSeries(
              label(row), new double[] {row.trainable() / MILLION}, new double[] {row.deltaM()});
      series.setMarker(SeriesMarkers.CIRCLE);
    }
    if (rows.isEmpty()) {
      chart.setTitle("no Δm: a run that it needs has failed");
    } else {
      range(chart, rows);
    }
    return BitmapEncoder.getBufferedImage(chart);
  }

  private static String label(ComparisonRow row) {
    return String.format(
        Locale.ROOT, "%s  (%.3f M, %+.2f %%)", row.name(), row.trainable() / MILLION, row.deltaM());
  }

  private static void style(XYChart chart) {
    Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
    chart
        .getStyler()
        .setDefaultSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter)
        .setMarkerSize(13)
        .setLegendPosition(Styler.LegendPosition.OutsideE)
        .setLegendFont(font)
        .setLegendBorderColor(Color.WHITE)
        .setChartBackgroundColor(Color.WHITE)
        .setChartTitleFont(font.deriveFont(Font.BOLD, 15f));
    chart.getStyler().setAxisTitleFont(font);
    chart.getStyler().setAxisTickLabelsFont(font);
    chart.getStyler().setXAxisLogarithmic(true);
    chart.getStyler().setPlotGridLinesColor(new Color(0xdddddd));
    chart.getStyler().setPlotGridLinesStroke(new BasicStroke(1));
  }

  /** Room around the points; a logarithmic axis wants whole decades to show ticks. */
  private static void range(XYChart chart, List<ComparisonRow> rows) {
    double low = rows.stream().mapToDouble(ComparisonRow::trainable).min().orElseThrow() / MILLION;
    double high = rows.stream().mapToDouble(ComparisonRow::trainable).max().orElseThrow() / MILLION;
    double worst = rows.stream().mapToDouble(ComparisonRow::deltaM).min().orElseThrow();
    double best = rows.stream().mapToDouble(ComparisonRow::deltaM).max().orElseThrow();
    double room = Math.max(1, 0.15 * (best - worst));
    chart.getStyler().setXAxisMin(Math.pow(10, Math.floor(Math.log10(low))));
    chart.getStyler().setXAxisMax(Math.pow(10, Math.ceil(Math.log10(high) + 1e-9)));
    chart.getStyler().setYAxisMin(worst - room);
    chart.getStyler().setYAxisMax(best + room);
  }
}
