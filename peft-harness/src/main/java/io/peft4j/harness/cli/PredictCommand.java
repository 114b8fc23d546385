package io.peft4j.harness.cli;

import io.peft4j.harness.report.ComparisonReport;
import io.peft4j.harness.report.MapPainter;
import io.peft4j.harness.run.BackboneSpec;
import io.peft4j.harness.run.OutputFolder;
import io.peft4j.harness.run.SavedRun;
import io.peft4j.harness.task.DenseTask;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.nd4j.linalg.api.ndarray.INDArray;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code peft predict}: colour pictures of every task for one image. */
@Command(
    name = "predict",
    description = "Write a colour picture of every task's prediction for an image, at its size.")
public final class PredictCommand implements Callable<Integer> {
  @Mixin private RunFolderOptions run = new RunFolderOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  @Option(
      names = "--image",
      required = true,
      paramLabel = "FILE",
      description = "JPEG or PNG; it is resized to what the backbone takes")
  private Path image;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "folder for <task>.png; made if it does not exist")
  private Path out;

  @Override
  public Integer call() {
    ImageFile file = ImageFile.read(image);
    Map<String, String> written = new LinkedHashMap<>();
    try (SavedRun saved = run.open()) {
      OutputFolder folder = OutputFolder.prepare(out);
      BackboneSpec backbone = saved.spec().backbone();
      MapPainter painter = new MapPainter(saved.spec().data().id());
      Map<String, INDArray> predictions =
          saved.predict(file.normalised(backbone.height(), backbone.width()));
      for (DenseTask task : saved.model().tasks().tasks()) {
        INDArray map = predictions.get(task.name()).slice(0);
        MapPainter.Range range = MapPainter.Range.of(map.dup('c').data().asFloat());
        BufferedImage picture = file.atOwnSize(painter.prediction(task, map, range));
        String name = task.name() + ".png";
        folder.write(name, ComparisonReport.png(picture));
        written.put(task.name(), folder.file(name).toString());
      }
    }
    output.result(
        new Result(run.folder().toString(), image.toString(), written),
        () -> String.join("\n", written.values()));
    return ExitCode.DONE;
  }

  private record Result(String run, String image, Map<String, String> pictures) {}
}
