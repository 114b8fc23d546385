package io.peft4j.harness.train;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.peft4j.api.InputException;
import io.peft4j.api.accounting.MacReport;
import io.peft4j.api.accounting.ParameterReport;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.backbone.ImageInput;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.account.Ancestry;
import io.peft4j.graph.emitted.TargetGraph;
import io.peft4j.graph.exec.SingleUse;
import io.peft4j.harness.head.Decoder;
import io.peft4j.harness.head.HeadInput;
import io.peft4j.harness.task.DenseTask;
import io.peft4j.harness.task.TaskSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * An adapted backbone with heads and, where it is to be trained, losses, in one graph.
 *
 * <p>One graph serves both modes: the scalar placeholder {@link #TRAINING} switches the batch
 * norms, noise placeholders take ones to evaluate.
 *
 * <p>Not safe for use by several threads; a second training of it is refused while one is under
 * way. Several threads may read it, and predict by an {@link Evaluator} on a predictor.
 */
public final class MultiTaskModel {
  /** Placeholder {@code [1]}: 1 while training, 0 while evaluating. */
  public static final String TRAINING = "training";

  /** Variable of the weighted sum of losses, and of what the method penalises. */
  public static final String LOSS = "loss";

  private final PeftModel peft;
  private final TaskSet tasks;
  private final List<Decoder.RunningStatistic> statistics;
  private final SingleUse training =
      new SingleUse("a model in training", "let one training end before the next begins");

  private MultiTaskModel(PeftModel peft, TaskSet tasks, List<Decoder.RunningStatistic> statistics) {
    this.peft = peft;
    this.tasks = tasks;
    this.statistics = List.copyOf(statistics);
  }

  /** Adds heads to an adapted backbone, for counting or prediction. */
  public static MultiTaskModel withHeads(PeftModel peft, TaskSet tasks, Decoder decoder) {
    decoder.check(tasks.routed());
    TargetGraph target = peft.target();
    SDVariable training = target.placeholder(TRAINING, target.dataType(), 1);
    List<Decoder.RunningStatistic> statistics = new ArrayList<>();
    for (DenseTask task : tasks.tasks()) {
      Decoder.Head head =
          decoder.emit(
              new HeadInput(
                  target,
                  task.task(),
                  peft.features(task.name()),
                  training,
                  height(peft, task),
                  width(peft, task)));
      head.prediction().rename(prediction(task.name()));
      statistics.addAll(head.statistics());
    }
    return new MultiTaskModel(peft, tasks, statistics);
  }

  /**
   * Adds heads and losses.
   *
   * @param weights loss weights by task; a task that is absent has its own default
   */
  public static MultiTaskModel withLosses(
      PeftModel peft, TaskSet tasks, Decoder decoder, Map<String, Double> weights) {
    MultiTaskModel model = withHeads(peft, tasks, decoder);
    TargetGraph target = peft.target();
    SDVariable total = null;
    for (DenseTask task : tasks.tasks()) {
      SDVariable prediction = target.graph().getVariable(prediction(task.name()));
      SDVariable loss =
          task.loss(target, prediction, height(peft, task), width(peft, task))
              .rename(loss(task.name()));
      SDVariable weighted = loss.mul(weights.getOrDefault(task.name(), task.weight()));
      total = total == null ? weighted : total.add(weighted);
    }
    for (String penalty : target.penalties()) {
      total = total.add(target.graph().getVariable(penalty));
    }
    total.rename(LOSS);
    return model;
  }

  private static int height(PeftModel peft, DenseTask task) {
    return task.isPerImage() ? 1 : peft.backbone().image().height();
  }

  private static int width(PeftModel peft, DenseTask task) {
    return task.isPerImage() ? 1 : peft.backbone().image().width();
  }

  /** Variable of a task's raw prediction {@code [batch, channels, height, width]}. */
  public static String prediction(String task) {
    return "prediction." + task;
  }

  /** Variable of a task's unweighted loss. */
  public static String loss(String task) {
    return "loss." + task;
  }

  /**
   * Images and labels of a batch, for the placeholders of backbone and losses.
   *
   * @param source where the batch is from, for the message
   * @throws io.peft4j.api.InputException if something is not of the shape that this model needs
   */
  public Map<String, INDArray> feed(String source, MultiDataSet batch) {
    ImageInput image = peft.backbone().image();
    int labels = batch.numLabelsArrays();
    if (batch.numFeatureArrays() != 1 || labels != tasks.tasks().size()) {
      throw new InputException(
          "%s: a batch has %d feature and %d label arrays, needed are 1 and %d (%s)"
              .formatted(
                  source, batch.numFeatureArrays(), labels, tasks.tasks().size(), tasks.text()));
    }
    INDArray images = batch.getFeatures(0);
    peft.requireImages(source + ": images", images);
    Map<String, INDArray> fed = new HashMap<>(Map.of(image.name(), images));
    int i = 0;
    for (DenseTask task : tasks.tasks()) {
      INDArray own = batch.getLabels(i++);
      task.requireLabels(source, own, images.size(0), image.height(), image.width());
      fed.putAll(task.feed(own.castTo(peft.target().dataType())));
    }
    return fed;
  }

  /** The adapted backbone, whose graph holds everything. */
  public PeftModel peft() {
    return peft;
  }

  /** The tasks. */
  public TaskSet tasks() {
    return tasks;
  }

  /** Trains the model, unless another training is under way. */
  <T> T training(Supplier<T> work) {
    return training.alone(work);
  }

  /** Running statistics of the heads. */
  public List<Decoder.RunningStatistic> statistics() {
    return statistics;
  }

  /**
   * Arrays by name of the trainables, but for those that lead to nothing but features which no head
   * reads: they keep their values, as {@link ParameterReport#dead()} says. What leads not even
   * there is the method's mistake and stays, to be found when training begins.
   */
  public Map<String, INDArray> trained() {
    SameDiff graph = peft.target().graph();
    Set<String> unread =
        new HashSet<>(
            Ancestry.of(
                graph,
                peft.emission().features().values().stream()
                    .flatMap(f -> f.stream().map(Feature::name))
                    .toList()));
    unread.removeAll(
        Ancestry.of(graph, tasks.names().stream().map(MultiTaskModel::prediction).toList()));
    return new LinkedHashMap<>(Maps.filterKeys(peft.arrays(), name -> !unread.contains(name)));
  }

  /** Names of all predictions by task. */
  public Map<String, List<String>> predictions() {
    Map<String, List<String>> names = new LinkedHashMap<>();
    tasks.names().forEach(t -> names.put(t, List.of(prediction(t))));
    return ImmutableMap.copyOf(names);
  }

  /** Parameters, decoders included. */
  public ParameterReport parameters() {
    return peft.parameters(predictions());
  }

  /** Multiply-accumulates of one image, decoders included. */
  public MacReport macs() {
    return peft.macs();
  }
}
