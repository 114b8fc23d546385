package io.peft4j.harness.run;

import io.peft4j.adapters.Adapter;
import io.peft4j.adapters.folder.AdapterFolder;
import io.peft4j.adapters.heads.HeadRecipe;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.weights.LoadOptions;
import io.peft4j.graph.Predictor;
import io.peft4j.harness.head.DecoderChoice;
import io.peft4j.harness.task.TaskSet;
import io.peft4j.harness.train.Evaluator;
import io.peft4j.harness.train.MultiTaskModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An exported adapter with its heads, ready to predict; its folder alone says all that this takes.
 *
 * <p>Safe for use by several threads. One at a time computes, as in {@link SavedRun}.
 */
public final class ExportedModel implements Predicting {
  private static final int AT_ONCE = 1;

  private final HeadRecipe recipe;
  private final BackboneSpec backbone;
  private final MultiTaskModel model;
  private final Predictor predictor;
  private final Evaluator evaluator;

  private ExportedModel(HeadRecipe recipe, BackboneSpec backbone, MultiTaskModel model) {
    this.recipe = recipe;
    this.backbone = backbone;
    this.model = model;
    this.predictor = model.peft().predictor(AT_ONCE);
    this.evaluator = new Evaluator(model, predictor);
  }

  /** Opens a folder whose backbone has the weights that ship, or those that lie where they did. */
  public static ExportedModel open(Path folder) {
    return open(folder, Optional.empty());
  }

  /**
   * Opens a folder.
   *
   * @param weights file or folder of the backbone's weights, where they lie elsewhere now
   * @throws InputException if the folder holds no adapter, or no heads, or does not say what they
   *     need; if the plugin of its method is missing, or the weights are not those that it was
   *     trained on. What is missing is named
   */
  public static ExportedModel open(Path folder, Optional<Path> weights) {
    AdapterFolder opened = AdapterFolder.open(folder);
    HeadRecipe recipe = opened.recipe().orElseThrow(() -> noRecipe(opened));
    if (opened.headBytes() == 0) {
      throw new InputException(
          "%s: says how heads are built, but there is no %s"
              .formatted(folder, AdapterFolder.HEADS));
    }
    try {
      return of(opened, recipe, weights);
    } catch (InputException e) {
      String start = folder.toString();
      throw e.getMessage().startsWith(start)
          ? e
          : new InputException(start + ": " + e.getMessage(), e);
    }
  }

  private static ExportedModel of(AdapterFolder opened, HeadRecipe recipe, Optional<Path> weights) {
    TaskSet tasks = ModelRecipe.tasks(recipe);
    DecoderChoice decoder = ModelRecipe.decoder(recipe);
    BackboneSpec recorded = ModelRecipe.backbone(recipe);
    BackboneSpec spec =
        weights
            .map(w -> BackboneSpec.file(recorded.config(), w, loading(recorded)))
            .orElse(recorded);
    requireThere(spec);
    Backbone backbone = decoder.on(spec.build());
    Adapter adapter = opened.read(backbone).adapter();
    MultiTaskModel model =
        MultiTaskModel.withHeads(
            adapter.on(backbone, tasks.routed()), tasks, decoder.decoder(backbone));
    Map<String, INDArray> all = new HashMap<>(adapter.state());
    all.putAll(adapter.headsFor(tasks.routed()));
    model.peft().load(all);
    return new ExportedModel(recipe, spec, model);
  }

  /** How a file in another place is read: as the recorded one was, if that was a file. */
  private static LoadOptions loading(BackboneSpec recorded) {
    return recorded.isFile() ? recorded.loading() : LoadOptions.STRICT;
  }

  private static void requireThere(BackboneSpec spec) {
    if (spec.isFile() && !Files.exists(Path.of(spec.weights()))) {
      throw new InputException(
          "needs the weights of %s that it was trained on, which were in %s (SHA-256 %s); there is"
                  .formatted(spec.preset(), spec.weights(), spec.weightsHash())
              + " no such file here: say where they are, by --weights or in a program by the"
              + " argument of ExportedModel.open");
    }
  }

  private static InputException noRecipe(AdapterFolder opened) {
    return new InputException(
        opened.headBytes() == 0
            ? "%s: has no heads (%s), without which it gives features, no predictions"
                .formatted(opened.path(), AdapterFolder.HEADS)
            : "%s: does not say what its heads need to predict, as there is no %s; export it again"
                    .formatted(opened.path(), AdapterFolder.RECIPE)
                + " from its run");
  }

  @Override
  public BackboneSpec backbone() {
    return backbone;
  }

  @Override
  public String data() {
    return recipe.data();
  }

  @Override
  public TaskSet tasks() {
    return model.tasks();
  }

  /** What the folder says of the heads: tasks, classes, image size, normalisation. */
  public HeadRecipe recipe() {
    return recipe;
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
