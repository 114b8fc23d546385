package io.peft4j.harness.pretrain;

import io.peft4j.api.backbone.Feature;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.emitted.TargetGraph;
import io.peft4j.harness.data.ObjectsData;
import io.peft4j.harness.head.ClassifierDecoder;
import io.peft4j.harness.head.Decoder;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * The classifier for the object's name, another decoder for what is painted.
 *
 * @param painter decoder of the dense tasks
 */
record PretrainDecoder(Decoder painter) implements Decoder {
  private static final Decoder CLASSIFIER = new ClassifierDecoder();

  @Override
  public String id() {
    return "pretrain";
  }

  @Override
  public Head emit(
      TargetGraph target,
      Task task,
      List<Feature> features,
      SDVariable training,
      int height,
      int width) {
    Decoder decoder = task.name().equals(ObjectsData.TASK) ? CLASSIFIER : painter;
    return decoder.emit(target, task, features, training, height, width);
  }
}
