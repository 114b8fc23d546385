package io.peft4j.benchmarks.work;

import io.peft4j.graph.GraphExecutors;
import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.plan.PlanExecutor;
import io.peft4j.graph.plan.Profile;
import io.peft4j.harness.train.MultiTaskModel;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A prediction from merged weights. */
final class ForwardBench implements Bench {
  private final WorkModel model;
  private final GraphExecutor executor;
  private final List<String> outputs;

  ForwardBench(WorkModel model) {
    this.model = model;
    this.executor = GraphExecutors.forInference(model.model().peft().target().graph());
    this.outputs = model.model().tasks().names().stream().map(MultiTaskModel::prediction).toList();
  }

  @Override
  public void step() {
    executor.outputs(model.inputs(), outputs).values().forEach(v -> v.getDouble(0));
  }

  @Override
  public Map<String, INDArray> results() {
    INDArray logits = executor.outputs(model.inputs(), outputs).get(outputs.get(0)).dup('c');
    return Map.of("output", logits.reshape('c', model.size().batch(), -1));
  }

  @Override
  public void startProfiling() {
    if (executor instanceof PlanExecutor plan) {
      plan.startProfiling();
    }
  }

  @Override
  public List<Profile> profiles() {
    return executor instanceof PlanExecutor plan ? plan.profiles() : List.of();
  }

  @Override
  public WorkModel model() {
    return model;
  }

  @Override
  public void close() {
    executor.close();
  }
}
