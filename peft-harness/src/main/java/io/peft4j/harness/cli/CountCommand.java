package io.peft4j.harness.cli;

import io.peft4j.api.InputException;
import io.peft4j.api.accounting.MacReport;
import io.peft4j.api.accounting.ParameterReport;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.build.Architecture;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.harness.head.DecoderChoice;
import io.peft4j.harness.task.TaskSet;
import io.peft4j.harness.train.MultiTaskModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code peft count}: parameters and multiply-accumulates of a configuration.
 *
 * <p>The graph is built without weights, so that the largest backbone is counted in little memory.
 */
@Command(
    name = "count",
    description = {
      "Count parameters and multiply-accumulates of a configuration; needs no weights.",
      "macs.convention is what the papers publish; macs.full adds attention products and adapters."
    })
public final class CountCommand implements Callable<Integer> {
  private static final String DEFAULT_TASKS = "pascal";

  /** Without weights nothing is drawn, but the door asks for a seed. */
  private static final long SEED = 0;

  @Mixin private MethodOptions method = new MethodOptions();
  @Mixin private ArchitectureOptions architecture = new ArchitectureOptions();
  @Mixin private TaskOptions tasks = new TaskOptions();
  @Mixin private DecoderOptions decoder = new DecoderOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  @Option(
      names = "--single-task",
      description = "one model of its own for each task; the numbers are sums over them")
  private boolean singleTask;

  @Override
  public Integer call() {
    Architecture shape = architecture.config();
    if (singleTask && method.isPerTask()) {
      throw new InputException(
          "--single-task counts models that share nothing, --per-task models that share what is"
              + " frozen; give one");
    }
    MethodOptions.Chosen chosen = method.choose(shape.id());
    TaskSet taskSet = tasks.orElse(DEFAULT_TASKS);
    DecoderChoice decoderChoice = decoder.choice();
    Backbone backbone = decoderChoice.on(architecture.shapesOnly());
    Map<String, Model> models = new LinkedHashMap<>();
    if (singleTask) {
      for (String task : taskSet.names()) {
        models.put(task, count(chosen, backbone, taskSet.only(task), decoderChoice));
      }
    }
    Model all =
        singleTask
            ? Model.sum(models.values().stream().toList())
            : count(chosen, backbone, taskSet, decoderChoice);
    Setup setup =
        new Setup(
            chosen.id(),
            chosen.options(),
            chosen.perTask(),
            shape.id(),
            shape.imageHeight() + "x" + shape.imageWidth(),
            taskSet.text(),
            decoderChoice.id(),
            decoderChoice.channels(backbone.features()),
            decoderChoice.norms(backbone).text());
    CountReport report = CountReport.of(setup, all, models);
    chosen.note(output);
    output.result(report, report::text);
    return ExitCode.DONE;
  }

  private static Model count(
      MethodOptions.Chosen chosen, Backbone backbone, TaskSet tasks, DecoderChoice decoder) {
    PeftModel adapted =
        Peft.adapt(backbone, chosen.method(), chosen.config(), tasks.routed(), SEED);
    MultiTaskModel model = MultiTaskModel.withHeads(adapted, tasks, decoder.decoder(backbone));
    return new Model(model.parameters(), model.macs());
  }

  /** What was counted. */
  record Setup(
      String method,
      Map<String, String> options,
      boolean modelPerTask,
      String backbone,
      String image,
      String tasks,
      String decoder,
      List<Integer> decoderChannels,
      String decoderNorms) {}

  /** The numbers of one model. */
  record Model(ParameterReport parameters, MacReport macs) {
    /** The numbers of several models that are used side by side. */
    static Model sum(List<Model> models) {
      Map<String, Long> groups = new LinkedHashMap<>();
      Map<String, Long> perTask = new LinkedHashMap<>();
      Map<String, Long> dead = new LinkedHashMap<>();
      long[] sums = new long[8];
      for (Model m : models) {
        ParameterReport p = m.parameters();
        sums[0] += p.total();
        sums[1] += p.trainable();
        sums[2] += p.used();
        sums[3] += p.backboneTrainable();
        sums[4] += p.decoders();
        sums[5] += p.adapter();
        sums[6] += m.macs().convention();
        sums[7] += m.macs().full();
        p.groups().forEach((g, n) -> groups.merge(g, n, Long::sum));
        p.perTask().forEach((t, n) -> perTask.merge(t, n, Long::sum));
        p.dead().forEach((t, n) -> dead.merge(t, n, Long::sum));
      }
      return new Model(
          new ParameterReport(
              sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], groups, perTask, dead),
          new MacReport(sums[6], sums[7]));
    }
  }
}
