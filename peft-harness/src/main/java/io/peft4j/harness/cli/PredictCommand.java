package io.peft4j.harness.cli;

import io.peft4j.api.InputException;
import io.peft4j.harness.data.read.Picture;
import io.peft4j.harness.data.read.PictureFile;
import io.peft4j.harness.report.ComparisonReport;
import io.peft4j.harness.report.MapPainter;
import io.peft4j.harness.run.BackboneSpec;
import io.peft4j.harness.run.OutputFolder;
import io.peft4j.harness.run.Predicting;
import io.peft4j.harness.task.DenseTask;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code peft predict}: colour pictures of every task for images. */
@Command(
    name = "predict",
    description = {
      "Write a colour picture of every task's prediction for images, at their size.",
      "Photographs are turned upright by their EXIF orientation, transparent parts lie on white."
    })
public final class PredictCommand implements Callable<Integer> {
  @Mixin private TrainedModelOptions run = new TrainedModelOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  @ArgGroup(exclusive = true, multiplicity = "1")
  private ImageOptions images = new ImageOptions();

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "folder for <task>.png, or with --images <picture>/<task>.png; made if need be")
  private Path out;

  @Override
  public Integer call() {
    List<PictureFile> files = images.open(output);
    List<Path> folders = folders(files);
    // One that is damaged is refused before a folder is made; among several it is left out.
    Picture only = files.size() == 1 ? files.get(0).decode() : null;
    List<Prediction> predictions = new ArrayList<>();
    List<Failure> failures = new ArrayList<>();
    try (Predicting saved = run.open();
        ProgressBar bar = files.size() == 1 ? null : Progress.bar("predict", files.size())) {
      OutputFolder.prepare(out);
      for (int i = 0; i < files.size(); i++) {
        PictureFile file = files.get(i);
        Picture picture = only == null ? decoded(file, failures) : only;
        if (picture != null) {
          picture.notes().forEach(output::note);
          predictions.add(
              new Prediction(
                  file.path().toString(),
                  file.width(),
                  file.height(),
                  written(saved, new ImageFile(picture.pixels()), folders.get(i))));
        }
        if (bar != null) {
          bar.step();
        }
      }
    }
    failures.forEach(f -> output.problem(f.reason()));
    output.result(
        images.isSingle()
            ? Single.of(run.folder(), predictions.get(0))
            : new All(run.folder().toString(), predictions, failures),
        () -> lines(predictions));
    return failures.isEmpty() ? ExitCode.DONE : ExitCode.WRONG_INPUT;
  }

  /** Where each picture's maps go; a file in the way is told before anything is computed. */
  private List<Path> folders(List<PictureFile> files) {
    List<Path> folders = new ArrayList<>();
    for (Path name : PictureNames.of(files.stream().map(PictureFile::path).toList())) {
      Path folder = images.isSingle() ? out : out.resolve(name);
      if (!images.isSingle() && Files.exists(folder) && !Files.isDirectory(folder)) {
        throw new InputException(
            "--out %s: a file is in the way, %s; name another folder".formatted(out, folder));
      }
      folders.add(folder);
    }
    return folders;
  }

  private static @Nullable Picture decoded(PictureFile file, List<Failure> failures) {
    try {
      return file.decode();
    } catch (InputException e) {
      failures.add(new Failure(file.path().toString(), e.getMessage()));
      return null;
    }
  }

  /** One picture at a time, by the plan of the first: its maps do not depend on its neighbours. */
  private static Map<String, String> written(Predicting saved, ImageFile image, Path folder) {
    BackboneSpec backbone = saved.backbone();
    MapPainter painter = new MapPainter(saved.data());
    Map<String, INDArray> predictions =
        saved.predict(image.normalised(backbone.height(), backbone.width()));
    OutputFolder to = OutputFolder.prepare(folder);
    Map<String, String> written = new LinkedHashMap<>();
    for (DenseTask task : saved.tasks().tasks()) {
      INDArray map = predictions.get(task.name()).slice(0);
      MapPainter.Range range = MapPainter.Range.of(map.dup('c').data().asFloat());
      BufferedImage picture = image.atOwnSize(painter.prediction(task, map, range));
      String name = task.name() + ".png";
      to.write(name, ComparisonReport.png(picture));
      written.put(task.name(), to.file(name).toString());
    }
    return written;
  }

  private static String lines(List<Prediction> predictions) {
    List<String> lines = new ArrayList<>();
    predictions.forEach(p -> lines.addAll(p.pictures().values()));
    return String.join("\n", lines);
  }

  /** What {@code --image} prints. */
  private record Single(String run, String image, Map<String, String> pictures) {
    static Single of(Path run, Prediction prediction) {
      return new Single(run.toString(), prediction.image(), prediction.pictures());
    }
  }

  /** What {@code --images} prints. */
  private record All(String run, List<Prediction> images, List<Failure> failed) {}

  private record Prediction(String image, int width, int height, Map<String, String> pictures) {}

  private record Failure(String image, String reason) {}
}
