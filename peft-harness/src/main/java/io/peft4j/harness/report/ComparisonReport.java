package io.peft4j.harness.report;

import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.metric.Metric;
import io.peft4j.harness.run.ComparisonResult;
import io.peft4j.harness.run.ComparisonRow;
import io.peft4j.harness.run.OutputFolder;
import io.peft4j.harness.run.SavedRun;
import io.peft4j.harness.task.DenseTask;
import io.peft4j.harness.task.TaskSet;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * Writes a comparison for people: {@code table.md}, {@code pictures.png} (validation images, truth,
 * and every method's prediction) and {@code plot.png} (Δm against parameters).
 */
public final class ComparisonReport {
  /** The table. */
  public static final String TABLE = "table.md";

  /** The sheet of pictures. */
  public static final String PICTURES = "pictures.png";

  /** The plot. */
  public static final String PLOT = "plot.png";

  /** Images per task on the sheet. */
  private static final int IMAGES = 4;

  private final ComparisonResult result;
  private final DataSource data;
  private final OutputFolder folder;

  /**
   * A report.
   *
   * @param data the data that was validated on
   * @param folder folder of the comparison, with its runs below
   */
  public ComparisonReport(ComparisonResult result, DataSource data, OutputFolder folder) {
    this.result = result;
    this.data = data;
    this.folder = folder;
  }

  /** Writes the table. */
  public void writeTable() {
    folder.write(TABLE, ComparisonTable.of(result).markdown().getBytes(StandardCharsets.UTF_8));
  }

  /** Writes the plot and the sheet; every model that has a result predicts for it. */
  public void writePictures() {
    folder.write(PLOT, png(TradeOffPlot.paint(result)));
    folder.write(PICTURES, png(sheet().paint()));
  }

  /** A picture as a PNG file. */
  public static byte[] png(BufferedImage picture) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(picture, "png", bytes);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot encode a picture", e);
    }
    return bytes.toByteArray();
  }

  /** The sheet: one block per task. */
  public PictureSheet sheet() {
    TaskSet tasks = TaskSet.parse(result.tasks());
    List<Example> examples = examples(tasks);
    Map<String, Map<String, List<INDArray>>> predictions = new LinkedHashMap<>();
    for (ComparisonRow row : result.rows()) {
      if (row.ok()) {
        predictions.put(row.name(), predictions(row, examples));
      }
    }
    List<String> headings = new ArrayList<>(List.of("image", "truth"));
    headings.addAll(predictions.keySet());
    MapPainter painter = new MapPainter(data.id());
    List<PictureSheet.Block> blocks = new ArrayList<>();
    for (DenseTask task : tasks.tasks()) {
      List<List<BufferedImage>> rows = new ArrayList<>();
      for (int i = 0; i < examples.size(); i++) {
        Example example = examples.get(i);
        INDArray labels = example.labels().get(task.name());
        MapPainter.Range range = MapPainter.Range.of(labels.dup('c').data().asFloat());
        List<BufferedImage> row = new ArrayList<>();
        row.add(MapPainter.image(example.image()));
        row.add(painter.truth(task, labels, range));
        for (Map<String, List<INDArray>> byTask : predictions.values()) {
          row.add(painter.prediction(task, byTask.get(task.name()).get(i), range));
        }
        rows.add(row);
      }
      blocks.add(new PictureSheet.Block(task.name(), rows));
    }
    return new PictureSheet(headings, blocks);
  }

  private record Example(INDArray image, Map<String, INDArray> labels) {
    boolean hasTruthOfAll() {
      return labels.values().stream().allMatch(l -> l.minNumber().floatValue() != Metric.IGNORE);
    }
  }

  /** The first validation images with truth for every task, filled up with others. */
  private List<Example> examples(TaskSet tasks) {
    List<Example> whole = new ArrayList<>();
    List<Example> partial = new ArrayList<>();
    MultiDataSetIterator pass = data.validation(tasks, 1);
    while (pass.hasNext() && whole.size() < IMAGES) {
      MultiDataSet one = pass.next();
      Map<String, INDArray> labels = new HashMap<>();
      for (int t = 0; t < tasks.tasks().size(); t++) {
        labels.put(tasks.names().get(t), one.getLabels(t).slice(0));
      }
      Example example = new Example(one.getFeatures(0).slice(0), labels);
      (example.hasTruthOfAll() ? whole : partial).add(example);
    }
    whole.addAll(partial.subList(0, Math.min(partial.size(), IMAGES - whole.size())));
    return whole;
  }

  /** Predictions of a row's models by task, one per example. */
  private Map<String, List<INDArray>> predictions(ComparisonRow row, List<Example> examples) {
    Map<String, List<INDArray>> byTask = new HashMap<>();
    for (String run : row.runs()) {
      try (SavedRun saved = SavedRun.open(folder.file(run))) {
        for (Example example : examples) {
          INDArray image = example.image();
          INDArray batch = image.reshape(1, image.size(0), image.size(1), image.size(2));
          saved
              .predict(batch)
              .forEach(
                  (task, p) ->
                      byTask.computeIfAbsent(task, t -> new ArrayList<>()).add(p.slice(0)));
        }
      }
    }
    return byTask;
  }
}
