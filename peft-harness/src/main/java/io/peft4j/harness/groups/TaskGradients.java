package io.peft4j.harness.groups;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import io.peft4j.graph.GraphExecutors;
import io.peft4j.graph.emitted.Owner;
import io.peft4j.graph.emitted.TargetGraph;
import io.peft4j.graph.emitted.Trainable;
import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.grouping.SimilarityMeter;
import io.peft4j.harness.train.MultiTaskModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Gradients of each task's loss with respect to the backbone, one example at a time.
 *
 * <p>All tasks use one plan and its memory: the loss is a sum in which a placeholder chooses one
 * task. What is held beside it is one gradient a task, of the current example.
 */
final class TaskGradients implements AutoCloseable {
  private static final String CHOSEN_LOSS = "chosen";

  private final MultiTaskModel model;
  private final ImmutableList<String> shared;
  private final GraphExecutor executor;
  private final List<Map<String, INDArray>> held = new ArrayList<>();

  private TaskGradients(MultiTaskModel model, List<String> shared, GraphExecutor executor) {
    this.model = model;
    this.shared = ImmutableList.copyOf(shared);
    this.executor = executor;
    model.tasks().names().forEach(task -> held.add(new LinkedHashMap<>()));
  }

  /**
   * The gradients of a model.
   *
   * @param model with losses, and a backbone that is trainable; its graph gets the chosen loss
   */
  static TaskGradients of(MultiTaskModel model) {
    TargetGraph target = model.peft().target();
    SDVariable sum = null;
    for (String task : model.tasks().names()) {
      SDVariable loss = target.graph().getVariable(MultiTaskModel.loss(task));
      SDVariable term = loss.mul(target.placeholder(choice(task), target.dataType(), 1));
      sum = sum == null ? term : sum.add(term);
    }
    sum.rename(CHOSEN_LOSS);
    List<String> shared =
        target.trainables().stream()
            .filter(t -> t.owner() == Owner.BACKBONE)
            .map(Trainable::name)
            .toList();
    return new TaskGradients(
        model, shared, GraphExecutors.forTraining(target.graph(), CHOSEN_LOSS, shared));
  }

  /** Adds an example, a batch of one image, to the means of a meter. */
  void compare(MultiDataSet example, SimilarityMeter meter) {
    Map<String, INDArray> inputs = inputs(example);
    List<String> tasks = model.tasks().names();
    for (int t = 0; t < tasks.size(); t++) {
      for (String task : tasks) {
        double chosen = task.equals(tasks.get(t)) ? 1 : 0;
        inputs.put(choice(task), Nd4j.valueArrayOf(new long[] {1}, chosen, type()));
      }
      hold(held.get(t), executor.gradients(inputs, List.of()).gradients());
    }
    for (String name : shared) {
      meter.add(held.stream().map(g -> g.get(name).data().asFloat()).toList());
    }
    meter.endExample();
  }

  @Override
  public void close() {
    executor.close();
  }

  /** The next task's gradient comes in the same arrays, so this one's is copied. */
  private static void hold(Map<String, INDArray> copies, Map<String, INDArray> gradients) {
    gradients.forEach(
        (name, gradient) -> {
          INDArray copy = copies.get(name);
          if (copy == null) {
            copies.put(name, gradient.dup('c'));
          } else {
            copy.assign(gradient);
          }
        });
  }

  private Map<String, INDArray> inputs(MultiDataSet example) {
    Map<String, INDArray> inputs = model.feed("an example", example);
    long images = example.getFeatures(0).size(0);
    if (images != 1) {
      throw new InputException("an example is a batch of one image, but has %d".formatted(images));
    }
    inputs.putAll(model.peft().noiseOff(1));
    inputs.put(MultiTaskModel.TRAINING, Nd4j.zeros(type(), 1));
    return inputs;
  }

  private DataType type() {
    return model.peft().target().dataType();
  }

  private static String choice(String task) {
    return "choice." + task;
  }
}
