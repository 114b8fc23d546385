package io.peft4j.harness.cli;

import io.peft4j.adapters.BackboneMark;
import io.peft4j.adapters.merge.BitPatch;
import io.peft4j.adapters.merge.MergedCheckpoint;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.graph.PeftModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code peft merge}: a plain checkpoint of an adapted backbone. */
@Command(
    name = "merge",
    description = {
      "Fold an adapter into the weights of its backbone.",
      "What is written is a safetensors checkpoint under the names of the official code, whose"
          + " features are those of the adapted backbone, as measured."
    })
public final class MergeCommand implements Callable<Integer> {
  @Mixin private AdaptedOptions adapted = new AdaptedOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "the checkpoint, a safetensors file")
  private Path out;

  @Option(
      names = "--undo",
      paramLabel = "FILE",
      description = "write the bits that change, with which 'peft unmerge' restores the weights")
  private @Nullable Path undo;

  @Override
  public Integer call() {
    requireFile(out);
    if (undo != null) {
      requireFile(undo);
    }
    PeftModel model = adapted.model();
    MergedCheckpoint merged = MergedCheckpoint.of(model, adapted.task(model));
    merged.write(
        out,
        Map.of(
            "format",
            "pt",
            "merged",
            model.methodId(),
            "backbone_hash",
            BackboneMark.of(model.backbone()).hash()));
    if (undo != null) {
      BitPatch.between(weights(model.backbone()), merged.weights()).write(undo);
    }
    Result result =
        new Result(
            adapted.source(),
            model.methodId(),
            model.backbone().id(),
            merged.task(),
            merged.error(),
            out.toString(),
            undo == null ? null : undo.toString());
    if (adapted.hasHeads()) {
      output.note(
          "%s: heads are not in the checkpoint, which is the backbone's; they stay in %s"
              .formatted(out, adapted.source()));
    }
    output.result(result, result::text);
    return ExitCode.DONE;
  }

  static void requireFile(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (Files.isDirectory(file) || folder == null || !Files.isDirectory(folder)) {
      throw new InputException(
          "%s: %s"
              .formatted(
                  file,
                  Files.isDirectory(file)
                      ? "is a folder; name a file in it"
                      : "the folder " + folder + " does not exist; create it"));
    }
  }

  private static Map<String, INDArray> weights(Backbone backbone) {
    Map<String, INDArray> weights = new LinkedHashMap<>();
    backbone
        .params()
        .forEach(p -> weights.put(p.path(), backbone.graph().getArrForVarName(p.path())));
    return weights;
  }

  private record Result(
      String source,
      String method,
      String backbone,
      String task,
      double relativeError,
      String checkpoint,
      @Nullable String undo) {
    String text() {
      return String.format(
          Locale.ROOT,
          "%s on %s merged for %s into %s; features deviate by %.1e relative%s",
          method,
          backbone,
          task,
          checkpoint,
          relativeError,
          undo == null ? "" : "; undone by " + undo);
    }
  }
}
