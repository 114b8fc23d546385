package io.peft4j.adapters.named;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A graph and what computes with it, kept from one use to the next.
 *
 * @param model the graph
 */
record AdapterGraph(PeftModel model) {
  static AdapterGraph of(PeftModel model) {
    return new AdapterGraph(model);
  }

  /** The frozen backbone. */
  static AdapterGraph plain(Backbone backbone, List<Task> tasks) {
    return of(Peft.frozen(backbone, tasks));
  }

  /** Sets what is trained, in place. */
  void load(Map<String, INDArray> state) {
    model.load(state);
  }

  /**
   * Refuses arrays that are not those of the graph, before anything is copied.
   *
   * @throws InputException naming both sides
   */
  void requireFits(Map<String, INDArray> state) {
    Map<String, INDArray> own = model.arrays();
    own.forEach(
        (name, array) -> {
          INDArray given = state.get(name);
          if (given == null || !Arrays.equals(array.shape(), given.shape())) {
            throw new InputException(
                "the adapter has %s for %s, but its configuration makes it %s"
                    .formatted(
                        given == null ? "nothing" : Arrays.toString(given.shape()),
                        name,
                        Arrays.toString(array.shape())));
          }
        });
  }

  Map<String, List<INDArray>> features(INDArray images) {
    return model.features(images);
  }

  void close() {
    model.close();
  }
}
