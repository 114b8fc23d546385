package io.peft4j.ditask;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.testkit.OneLayerBackbone;
import io.peft4j.testkit.OptionText;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A backbone of one linear layer: the image {@code [batch, 1, tokens, in]} is its input. */
record OneSite(Backbone backbone) {
  static final List<Task> TASK = List.of(new Task("sal", 1));

  /** A layer with the given arrays, in double precision. */
  static OneSite of(INDArray weight, INDArray bias, int tokens) {
    // in a first block of two: no task has a transformation of its own here
    return new OneSite(OneLayerBackbone.of(weight, bias, tokens, 2));
  }

  /** The layer under DiTASK; {@code options} as {@code name=value}, separated by blanks. */
  PeftModel adapt(String options) {
    Map<String, String> map = new HashMap<>(Map.of("targets", "all-linear"));
    map.putAll(OptionText.parse(options));
    return Peft.adapt(backbone, "ditask", map, TASK);
  }

  /** The weight that a model multiplies by, {@code [out, in]}. */
  static INDArray weight(PeftModel model, INDArray bias) {
    int in = model.backbone().image().width();
    int tokens = model.backbone().image().height();
    if (in % tokens != 0) {
      throw new IllegalArgumentException("rows of the identity do not fill images");
    }
    INDArray image = Nd4j.eye(in).castTo(DataType.DOUBLE).reshape(in / tokens, 1, tokens, in);
    INDArray out = model.features(image).get("sal").get(0).dup().reshape(in, bias.length());
    return out.subRowVector(bias.castTo(DataType.DOUBLE)).transpose();
  }
}
