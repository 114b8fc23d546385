package io.peft4j.harness.run;

import io.peft4j.adapters.Adapter;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.graph.Predictor;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.graph.registry.PluginMark;
import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.task.TaskSet;
import io.peft4j.harness.train.Evaluator;
import io.peft4j.harness.train.MultiTaskModel;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A finished run, ready to predict.
 *
 * <p>Safe for use by several threads. One at a time computes, with all threads of the kernels, and
 * the plans and their memory are shared by all; {@link io.peft4j.graph.PeftModel#predictor} of
 * {@link #model()} has several compute at once.
 */
public final class SavedRun implements Predicting {
  private static final Logger LOG = LoggerFactory.getLogger(SavedRun.class);
  private static final int AT_ONCE = 1;

  private final RunResult result;
  private final MultiTaskModel model;
  private final Predictor predictor;
  private final Evaluator evaluator;

  private SavedRun(RunResult result, MultiTaskModel model) {
    this.result = result;
    this.model = model;
    this.predictor = model.peft().predictor(AT_ONCE);
    this.evaluator = new Evaluator(model, predictor);
  }

  /**
   * Opens the best state of a run.
   *
   * @throws InputException if the folder holds no finished run, or the backbone's weights are no
   *     longer those of the run
   */
  public static SavedRun open(Path folder) {
    return open(folder, Runner.BEST);
  }

  /**
   * Opens a state of a run.
   *
   * @param state {@link Runner#BEST} or {@link Runner#LAST}
   * @throws InputException as {@link #open(Path)}
   */
  public static SavedRun open(Path folder, String state) {
    RunResult result = RunResult.read(folder);
    if (!result.ok()) {
      throw new InputException(
          "the run in %s failed (%s); run it again".formatted(folder, result.error()));
    }
    requirePlugin(folder, result);
    Backbone backbone = result.spec().backbone().build();
    MultiTaskModel model = ModelFactory.predicting(result.spec(), backbone);
    model.peft().load(Safetensors.read(folder.resolve(state)));
    return new SavedRun(result, model);
  }

  /** Another version may compute other things, which is said; without it nothing can be. */
  private static void requirePlugin(Path folder, RunResult result) {
    Optional<PluginMark> madeWith =
        Optional.ofNullable(result.provenance()).map(Provenance::plugin);
    try {
      PluginMark here =
          PluginMark.of(MethodRegistry.discover().get(result.spec().method(), madeWith));
      madeWith.flatMap(m -> m.difference(here)).ifPresent(d -> LOG.warn("{}: {}", folder, d));
    } catch (InputException e) {
      throw new InputException(folder + ": " + e.getMessage(), e);
    }
  }

  /** The record of the run. */
  public RunResult result() {
    return result;
  }

  /** What was run. */
  public RunSpec spec() {
    return result.spec();
  }

  @Override
  public BackboneSpec backbone() {
    return spec().backbone();
  }

  @Override
  public String data() {
    return spec().data().id();
  }

  @Override
  public TaskSet tasks() {
    return model.tasks();
  }

  /** What the run trained, apart from the model, with its heads and what these need to predict. */
  public Adapter adapter() {
    return Adapter.of(model.peft(), spec().perTask())
        .withRecipe(ModelRecipe.of(spec(), model.peft().backbone()));
  }

  /** The model. */
  public MultiTaskModel model() {
    return model;
  }

  /** Scores on the validation images of a data set. */
  public Evaluator.Evaluation evaluate(DataSource data) {
    return evaluator.evaluate(data.validation(model.tasks(), spec().train().batch()));
  }

  @Override
  public Map<String, INDArray> predict(INDArray images) {
    return evaluator.predict(images);
  }

  @Override
  public void close() {
    predictor.close();
  }
}
