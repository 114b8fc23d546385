package io.peft4j.harness.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.GraphExecutors;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.harness.head.DecoderChoice;
import io.peft4j.harness.task.TaskSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What a method penalises is part of the loss that is minimised. */
class PenaltyTest {
  @Test
  void theLossIsThatOfTheTasksAndThePenalties() {
    TaskSet tasks = TaskSet.parse("normals:3");
    Backbone backbone =
        Swin.build(
            Swin.preset("swin-nano").withImage(32, 32), WeightSource.random(1), DataType.DOUBLE);
    Map<String, String> options =
        Map.of("initialRank", "2", "targetRank", "1", "orthogonality", "3", "targets", "qkv");
    PeftModel peft = Peft.adapt(backbone, "adalora", options, tasks.routed());
    MultiTaskModel.withLosses(
        peft, tasks, DecoderChoice.byRule().decoder(backbone), Map.of("normals", 0.5));
    List<String> penalties = peft.target().penalties();
    assertTrue(penalties.size() > 10, penalties.toString());
    Map<String, INDArray> inputs = new HashMap<>(peft.noiseOff(1));
    inputs.put(backbone.image().name(), Nd4j.rand(DataType.DOUBLE, 1, 3, 32, 32));
    inputs.put(MultiTaskModel.TRAINING, Nd4j.ones(DataType.DOUBLE, 1));
    inputs.putAll(tasks.tasks().get(0).feed(Nd4j.rand(DataType.DOUBLE, 1, 3, 32, 32)));
    List<String> wanted = new ArrayList<>(penalties);
    wanted.addAll(List.of(MultiTaskModel.LOSS, MultiTaskModel.loss("normals")));
    try (GraphExecutor executor = GraphExecutors.forInference(peft.target().graph())) {
      Map<String, INDArray> values = executor.outputs(inputs, wanted);
      double expected = 0.5 * values.get(MultiTaskModel.loss("normals")).getDouble(0);
      double penalised =
          penalties.stream().mapToDouble(name -> values.get(name).getDouble(0)).sum();
      assertTrue(penalised > 1, "penalties of " + penalised);
      assertEquals(expected + penalised, values.get(MultiTaskModel.LOSS).getDouble(0), 1e-9);
    }
  }
}
