package io.peft4j.lora;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.testkit.OneLayerBackbone;
import io.peft4j.testkit.OptionText;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A backbone of one linear layer in double precision: the image {@code [batch, 1, tokens, in]} is
 * its input, rows {@code [batch·tokens, out]} its output, tokens {@code [batch, tokens, out]} the
 * feature.
 */
record OneLayer(Backbone backbone) {
  static final String IMAGE = OneLayerBackbone.IMAGE;
  static final String SITE = OneLayerBackbone.SITE;
  static final List<Task> TASK = List.of(new Task("sal", 1));

  /** A layer with the given arrays; a fused qkv projection if its output is thrice as wide. */
  static OneLayer of(INDArray weight, INDArray bias, int tokens) {
    return new OneLayer(OneLayerBackbone.of(weight, bias, tokens, 1));
  }

  /** The layer under LoRA; {@code options} as {@code name=value}, separated by blanks. */
  PeftModel lora(String options, List<Task> tasks) {
    Map<String, String> map = new HashMap<>(Map.of("targets", "all-linear"));
    map.putAll(OptionText.parse(options));
    return Peft.adapt(backbone, "lora", map, tasks);
  }

  /** The features of a task for rows {@code [batch·tokens, in]}, as rows. */
  static INDArray rows(PeftModel model, INDArray x, String task) {
    INDArray weight = model.backbone().graph().getVariable(SITE + ".weight").getArr();
    int tokens = model.backbone().image().height();
    INDArray image = x.reshape(x.size(0) / tokens, 1, tokens, x.size(1));
    return model.features(image).get(task).get(0).dup().reshape(x.size(0), weight.size(0));
  }
}
