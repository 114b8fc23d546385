package io.peft4j.harness.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.swin.SwinConfig;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.GraphExecutors;
import io.peft4j.graph.Peft;
import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.head.DecoderChoice;
import io.peft4j.harness.head.DecoderNorms;
import io.peft4j.harness.run.TinyRuns;
import io.peft4j.harness.task.DenseTask;
import io.peft4j.harness.task.TaskSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/** What the trainer promises, on a backbone of two blocks. */
class TrainerTest {
  private static final TaskSet TASKS = TaskSet.parse("sal,normals");

  private static Backbone backbone;
  private static DataSource data;

  @BeforeAll
  static void build() {
    SwinConfig micro = TinyRuns.backbone().withStages(8, List.of(1, 1), List.of(1, 2));
    backbone = Swin.build(micro, WeightSource.random(1), DataType.FLOAT);
    data = TinyRuns.data();
  }

  @Test
  void theSameSeedGivesTheSameModelToTheBit() {
    MultiTaskModel first = trained(config(1, 1));
    MultiTaskModel second = trained(config(1, 1));
    assertEquals(first.peft().state().keySet(), second.peft().state().keySet());
    first.peft().state().forEach((n, a) -> assertEquals(a, second.peft().state().get(n), n));
    MultiTaskModel other = trained(config(1, 2));
    assertFalse(first.peft().state().equals(other.peft().state()));
  }

  @Test
  void trainingMovesTrainablesAndStatisticsAndNothingElse() {
    MultiTaskModel model = model("lora", Map.of());
    Map<String, INDArray> before = copies(model.peft().state());
    Map<String, INDArray> frozen = new HashMap<>();
    backbone.params().forEach(p -> frozen.put(p.path(), array(p.path()).dup()));

    new Trainer(model, data, config(2, 1), TrainListener.NONE).run(Trainer.Snapshots.NONE);

    model
        .peft()
        .state()
        .forEach((name, array) -> assertFalse(array.equals(before.get(name)), name + " stayed"));
    frozen.forEach((name, array) -> assertEquals(array, array(name), name));
  }

  @Test
  void doublingATasksWeightDoublesItsGradientAndNoOther() {
    MultiDataSet batch = data.train(TASKS, 4, 1, 1).next();
    Map<String, INDArray> once = gradients(Map.of("sal", 1.0, "normals", 3.0), batch);
    Map<String, INDArray> twice = gradients(Map.of("sal", 2.0, "normals", 3.0), batch);
    String sal = "decoders.sal.last_layer.3.weight";
    String normals = "decoders.normals.last_layer.3.weight";
    assertTrue(once.get(sal).amaxNumber().doubleValue() > 0);
    // A factor of two changes no digit.
    assertEquals(once.get(sal).mul(2), twice.get(sal));
    assertEquals(once.get(normals), twice.get(normals));
  }

  @Test
  void accumulationMakesOneUpdateOfSeveralSteps() {
    List<Long> steps = new ArrayList<>();
    TrainListener counting =
        new TrainListener() {
          @Override
          public void step(long step, long all, Map<String, Double> losses) {
            steps.add(all);
            assertEquals(java.util.Set.of("loss", "loss.sal", "loss.normals"), losses.keySet());
          }
        };
    TrainConfig c = config(1, 1);
    // 8 images in steps of 2, two steps an update: two updates.
    TrainConfig accumulating =
        new TrainConfig(1, 2, 2, 1e-3, 0, 1e-3, 1e-3, 0, c.decayPolicy(), 5, 1, c.activations(), 1);
    new Trainer(model("decoders-only", Map.of()), data, accumulating, counting)
        .run(Trainer.Snapshots.NONE);
    assertEquals(List.of(4L, 4L, 4L, 4L), steps);
  }

  @Test
  void anUpdateLargerThanTheDataIsRefused() {
    TrainConfig c = config(1, 1);
    TrainConfig large = TrainConfig.of(1, 9, c.learningRate(), 1);
    Trainer trainer =
        new Trainer(model("decoders-only", Map.of()), data, large, TrainListener.NONE);
    String message =
        assertThrows(InputException.class, () -> trainer.run(Trainer.Snapshots.NONE)).getMessage();
    assertTrue(message.contains("batch 9 is larger than the 8 training images"), message);
  }

  private static TrainConfig config(int epochs, long seed) {
    return TrainConfig.of(epochs, 4, 1e-3, seed);
  }

  private static MultiTaskModel trained(TrainConfig config) {
    MultiTaskModel model = model("lora", Map.of("dropout", "0.2"));
    new Trainer(model, data, config, TrainListener.NONE).run(Trainer.Snapshots.NONE);
    return model;
  }

  private static MultiTaskModel model(String method, Map<String, String> options) {
    return MultiTaskModel.withLosses(
        Peft.adapt(backbone, method, options, TASKS.routed(), 1),
        TASKS,
        new DecoderChoice("hrnet", List.of(2, 3), DecoderNorms.BY_RULE).decoder(backbone),
        Map.of());
  }

  private static Map<String, INDArray> gradients(Map<String, Double> weights, MultiDataSet batch) {
    MultiTaskModel model =
        MultiTaskModel.withLosses(
            Peft.adapt(backbone, "decoders-only", Map.of(), TASKS.routed(), 1),
            TASKS,
            new DecoderChoice("hrnet", List.of(2, 3), DecoderNorms.BY_RULE).decoder(backbone),
            weights);
    Map<String, INDArray> inputs = new HashMap<>();
    inputs.put(backbone.image().name(), batch.getFeatures(0));
    inputs.put(MultiTaskModel.TRAINING, Nd4j.ones(DataType.FLOAT, 1));
    int i = 0;
    for (DenseTask task : TASKS.tasks()) {
      inputs.putAll(task.feed(batch.getLabels(i++)));
    }
    var target = model.peft().target();
    try (GraphExecutor executor =
        GraphExecutors.forTraining(target.graph(), MultiTaskModel.LOSS, target.arrays().keySet())) {
      return copies(executor.gradients(inputs, List.of(MultiTaskModel.LOSS)).gradients());
    }
  }

  private static INDArray array(String path) {
    return backbone.graph().getArrForVarName(path);
  }

  private static Map<String, INDArray> copies(Map<String, INDArray> arrays) {
    Map<String, INDArray> copies = new HashMap<>();
    arrays.forEach((name, array) -> copies.put(name, array.dup()));
    return copies;
  }
}
