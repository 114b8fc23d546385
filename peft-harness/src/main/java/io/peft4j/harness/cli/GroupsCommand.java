package io.peft4j.harness.cli;

import com.google.common.primitives.Doubles;
import io.peft4j.api.InputException;
import io.peft4j.grouping.Similarity;
import io.peft4j.grouping.SimilarityFile;
import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.data.DataSources;
import io.peft4j.harness.groups.GroupsPlan;
import io.peft4j.harness.groups.GroupsResult;
import io.peft4j.harness.groups.SimilarityListener;
import io.peft4j.harness.groups.SimilarityMeasurement;
import io.peft4j.harness.groups.SimilaritySpec;
import io.peft4j.harness.report.ComparisonReport;
import io.peft4j.harness.report.GroupTreePicture;
import io.peft4j.harness.report.SimilarityPicture;
import io.peft4j.harness.run.BackboneSpec;
import io.peft4j.harness.run.OutputFolder;
import io.peft4j.harness.run.RunDefaults;
import io.peft4j.harness.run.RunSpec;
import io.peft4j.harness.task.TaskSet;
import io.peft4j.harness.train.MultiTaskModel;
import io.peft4j.harness.train.TrainConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code peft groups}: how similar tasks are, who should share with whom, and what that costs. */
@Command(
    name = "groups",
    description = {
      "Measure how similar tasks are, group them for TGLoRA, and count what the groups cost.",
      "Trains heads on the frozen backbone, then compares the gradients of the tasks' losses.",
      "Writes similarity.csv, groups.json, similarity.png and tree.png."
    })
public final class GroupsCommand implements Callable<Integer> {
  /** The similarities, as the option similarityFile of TGLoRA reads them. */
  static final String SIMILARITY = "similarity.csv";

  /** The heat map. */
  static final String MATRIX = "similarity.png";

  /** The tree. */
  static final String TREE = "tree.png";

  private static final int EXAMPLES = 32;
  private static final int HEAD_EPOCHS = 4;

  @Mixin private BackboneOptions backbone = new BackboneOptions();
  @Mixin private TaskOptions tasks = new TaskOptions();
  @Mixin private DecoderOptions decoder = new DecoderOptions();
  @Mixin private DataOptions data = new DataOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  @Option(
      names = "--examples",
      paramLabel = "N",
      description = "training images whose gradients are compared (default: " + EXAMPLES + ")")
  private @Nullable Integer examples;

  @Option(
      names = "--head-epochs",
      paramLabel = "N",
      description = "passes that train the heads first (default: " + HEAD_EPOCHS + ")")
  private @Nullable Integer headEpochs;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "" + RunDefaults.BATCH,
      description = "images per step of the heads (default: ${DEFAULT-VALUE})")
  private int batch;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "" + RunDefaults.SEED,
      description = "seed of the heads and of the order of examples (default: ${DEFAULT-VALUE})")
  private long seed;

  @Option(
      names = "--similarity",
      paramLabel = "FILE",
      description = "similarities to take instead of measuring: a similarity.csv")
  private @Nullable Path similarity;

  @Option(
      names = "--groups",
      paramLabel = "N,N,...|auto|NAMES",
      split = ",",
      defaultValue = "progressive",
      description =
          "groups of each stage: numbers as 1,2,3,4, progressive, auto under a --budget, or spelled"
              + " out as all,semseg+sal/normals,each,each (default: ${DEFAULT-VALUE})")
  private List<String> groups;

  @Option(
      names = "--budget",
      paramLabel = "macs=N|params=N",
      description =
          "for --groups auto: multiply-accumulates by the papers' convention, or trained parameters,"
              + " of the backbone without decoders")
  private @Nullable String budget;

  @Option(
      names = "--set",
      paramLabel = "OPTION=VALUE",
      description = "sets an option of tglora, such as --set rank=8; may be repeated")
  private List<String> settings = List.of();

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "folder of the files; made if it does not exist")
  private Path out;

  @Override
  public Integer call() {
    BackboneSpec chosen = backbone.spec();
    Optional<Similarity> file = Optional.ofNullable(similarity).map(SimilarityFile::read);
    TaskSet taskSet = tasks.given().orElseGet(() -> defaultTasks(file));
    Optional<Similarity> given = file.map(f -> Similarity.ofPairs(taskSet.names(), f.pairs()));
    Optional<SimilaritySpec> measuring =
        given.isPresent() ? nothingToMeasure() : Optional.of(measuring(chosen, taskSet));
    GroupsPlan plan = plan(chosen, taskSet);
    if (given.isEmpty()) {
      plan.requireAnySplit();
    }
    Optional<GroupsResult> known = given.map(s -> plan.result(s, null));
    OutputFolder folder = OutputFolder.prepare(out);
    Similarity found = given.orElseGet(() -> measure(measuring.orElseThrow()));
    String lines = String.join("\n", SimilarityFile.lines(found)) + "\n";
    folder.write(SIMILARITY, lines.getBytes(StandardCharsets.UTF_8));
    GroupsResult result = known.orElseGet(() -> plan.result(found, measuring.orElse(null)));
    result.write(folder);
    // Before the pictures: what took minutes must not be lost where Java has no fonts.
    output.result(result, () -> GroupsText.of(found, result));
    folder.write(MATRIX, ComparisonReport.png(SimilarityPicture.paint(found)));
    folder.write(TREE, ComparisonReport.png(GroupTreePicture.paint(result)));
    output.note(
        "similarities, groups and pictures: %s, %s, %s, %s"
            .formatted(
                folder.file(SIMILARITY),
                folder.file(GroupsResult.FILE),
                folder.file(MATRIX),
                folder.file(TREE)));
    return ExitCode.DONE;
  }

  private GroupsPlan plan(BackboneSpec chosen, TaskSet taskSet) {
    boolean isAuto = groups.equals(List.of("auto"));
    if (isAuto && budget == null) {
      throw new InputException("--groups auto needs a --budget, such as --budget macs=4e10");
    }
    if (!isAuto && budget != null) {
      throw new InputException("--budget is for --groups auto; drop it, or set --groups auto");
    }
    return new GroupsPlan(
        chosen,
        taskSet,
        decoder.choice(),
        groups,
        budget == null ? Map.of() : limit(budget),
        MethodOptions.parse(settings));
  }

  private SimilaritySpec measuring(BackboneSpec chosen, TaskSet taskSet) {
    double rate = RunDefaults.learningRate(SimilaritySpec.METHOD);
    int epochs = headEpochs == null ? HEAD_EPOCHS : headEpochs;
    RunSpec heads =
        new RunSpec(
            SimilaritySpec.METHOD,
            Map.of(),
            false,
            chosen,
            data.spec(),
            taskSet.text(),
            decoder.choice(),
            TrainConfig.of(epochs, batch, rate, seed));
    SimilaritySpec spec =
        new SimilaritySpec(
            heads.withMethod(SimilaritySpec.METHOD, Map.of()),
            examples == null ? EXAMPLES : examples);
    heads.requireFitting();
    return spec;
  }

  private Optional<SimilaritySpec> nothingToMeasure() {
    if (examples != null || headEpochs != null) {
      throw new InputException(
          "--similarity %s: nothing is measured; drop --examples and --head-epochs"
              .formatted(similarity));
    }
    return Optional.empty();
  }

  private Similarity measure(SimilaritySpec spec) {
    RunSpec heads = spec.heads();
    BackboneOptions.note(heads.backbone(), output);
    DataSource source =
        DataSources.named(heads.data(), heads.backbone().height(), heads.backbone().width());
    try (ProgressBar bar = Progress.bar("groups", heads.steps() + spec.examples())) {
      return new SimilarityMeasurement(spec, source).run(new Bar(bar, heads.steps()));
    }
  }

  /** The data set's tasks; of a file's tasks those, with the data set's numbers of classes. */
  private TaskSet defaultTasks(Optional<Similarity> file) {
    TaskSet known = TaskSet.parse(DataSources.defaultTasks(data.spec().id()));
    return file.map(
            f ->
                new TaskSet(
                    f.tasks().stream()
                        .map(
                            name ->
                                known.names().contains(name)
                                    ? known.get(name)
                                    : TaskSet.parse(name).get(name))
                        .toList()))
        .orElse(known);
  }

  private static Map<String, Double> limit(String text) {
    int equals = text.indexOf('=');
    Double most = equals < 1 ? null : Doubles.tryParse(text.substring(equals + 1).strip());
    if (most == null) {
      throw new InputException(
          "--budget %s: write macs=NUMBER or params=NUMBER, such as macs=4e10".formatted(text));
    }
    return Map.of(text.substring(0, equals).strip(), most);
  }

  /** One bar over both parts; the text says which one is on. */
  private record Bar(ProgressBar bar, long headSteps) implements SimilarityListener {
    @Override
    public void step(long step, long steps, Map<String, Double> losses) {
      bar.stepTo(step);
      bar.setExtraMessage("heads, loss %.3f".formatted(losses.get(MultiTaskModel.LOSS)));
    }

    @Override
    public void compared(int done, int examples) {
      bar.stepTo(headSteps + done);
      bar.setExtraMessage("gradients of %d examples".formatted(done));
    }
  }
}
