package io.peft4j.harness.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.google.common.collect.ImmutableSortedMap;
import io.peft4j.api.InputException;
import io.peft4j.graph.registry.ConfigBinder;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.harness.data.DataSources;
import io.peft4j.harness.data.DataSpec;
import io.peft4j.harness.head.DecoderChoice;
import io.peft4j.harness.task.TaskSet;
import io.peft4j.harness.train.TrainConfig;
import java.util.Map;

/**
 * All that determines a run: equal specifications give equal models, to the bit.
 *
 * @param method id of the method
 * @param options every option of the method as text, defaults included
 * @param perTask one model of the method per task; absent in records of older versions, which had
 *     none
 * @param backbone the backbone
 * @param data the data
 * @param tasks tasks in the text form of {@link TaskSet#parse}
 * @param decoder the decoder
 * @param train how to train; its seed is also that of initial values
 */
public record RunSpec(
    String method,
    Map<String, String> options,
    // Left out where false, so that such records are those of older versions.
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean perTask,
    BackboneSpec backbone,
    DataSpec data,
    String tasks,
    DecoderChoice decoder,
    TrainConfig train) {
  /** Writes the tasks out, and checks that there is an update's worth of images. */
  public RunSpec {
    options = ImmutableSortedMap.copyOf(options);
    tasks = TaskSet.parse(tasks).text();
    int images = train.batch() * train.accumulation();
    if (images > data.trainSize()) {
      throw new InputException(
          "an update takes %d images (batch %d, accumulation %d), but there are %d to train on"
              .formatted(images, train.batch(), train.accumulation(), data.trainSize()));
    }
  }

  /**
   * This specification with a discovered method and its options filled up by their defaults, so
   * that a default written out and one left out are the same run.
   *
   * @throws InputException if the method or an option is unknown, or a value is refused
   */
  public RunSpec withMethod(String id, Map<String, String> given) {
    MethodDescriptor descriptor = MethodRegistry.discover().get(id);
    Map<String, String> all = ConfigBinder.toMap(descriptor.configure(given));
    return new RunSpec(descriptor.id(), all, perTask, backbone, data, tasks, decoder, train);
  }

  /** With one model per task, or not. */
  public RunSpec withPerTask(boolean value) {
    return new RunSpec(method, options, value, backbone, data, tasks, decoder, train);
  }

  /** With other tasks. */
  public RunSpec withTasks(TaskSet set) {
    return new RunSpec(method, options, perTask, backbone, data, set.text(), decoder, train);
  }

  /** With another way to train. */
  public RunSpec withTrain(TrainConfig config) {
    return new RunSpec(method, options, perTask, backbone, data, tasks, decoder, config);
  }

  /** The tasks. */
  public TaskSet taskSet() {
    return TaskSet.parse(tasks);
  }

  /**
   * Builds the model without weights, so that what does not fit is found before anything is
   * computed or written.
   *
   * @throws InputException if the data has no truth for a task, the image size does not fit the
   *     backbone, or the method does not fit the backbone or the tasks
   */
  public void requireFitting() {
    DataSources.requireTruth(data.id(), taskSet());
    ModelFactory.predicting(this, backbone.shapesOnly());
  }

  /** Steps of the whole training. */
  public long steps() {
    int update = train.batch() * train.accumulation();
    return (long) train.epochs() * (data.trainSize() / update) * train.accumulation();
  }

  /** A name for this specification that does not change with the order of options. */
  public String hash() {
    return Json.hash(this);
  }
}
