package io.peft4j.graph;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.PlainForm;
import io.peft4j.graph.emitted.Trainable;
import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.pertask.PerTask;
import io.peft4j.graph.registry.MethodRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Turns a model whose weights are generated into one that stores them. */
final class Freezing {
  private Freezing() {}

  /** The model in its plain form, with its decoders left out. */
  static PeftModel plain(PeftModel model) {
    PlainForm form =
        model
            .rewrite()
            .plainForm()
            .orElseThrow(
                () ->
                    new InputException(
                        "%s has no plain form: it generates no weights that could be frozen"
                            .formatted(model.methodId())));
    PeftMethod stored = MethodRegistry.discover().get(form.method()).method();
    PeftMethod method = form.perTask() ? PerTask.of(stored) : stored;
    PeftModel plain = PeftModel.adapt(model.backbone(), method, form.config(), model.tasks(), 0);
    plain.load(values(model, plain.target().trainables()));
    return plain;
  }

  private static Map<String, INDArray> values(PeftModel model, List<Trainable> wanted) {
    Map<String, INDArray> values = new HashMap<>();
    List<String> generated = new ArrayList<>();
    for (Trainable t : wanted) {
      Optional<INDArray> own = trained(model, t);
      own.ifPresentOrElse(
          array -> values.put(t.name(), array), () -> generated.add(requireKnown(model, t)));
    }
    if (!generated.isEmpty()) {
      try (GraphExecutor executor = GraphExecutors.forInference(model.target().graph())) {
        executor
            .outputs(Map.of(), generated)
            .forEach((name, array) -> values.put(name, array.dup('c')));
      }
    }
    return values;
  }

  /** A parameter that both have; of the backbone's, tasks may share here what they own there. */
  private static Optional<INDArray> trained(PeftModel model, Trainable t) {
    Optional<INDArray> own = Optional.ofNullable(model.arrays().get(t.name()));
    return own.or(() -> t.base().map(Param::path).map(model.arrays()::get));
  }

  private static String requireKnown(PeftModel model, Trainable t) {
    if (!model.target().graph().hasVariable(t.name())) {
      throw new IllegalStateException(
          "the plain form of %s has a parameter '%s', but its own graph no such value"
              .formatted(model.methodId(), t.name()));
    }
    return t.name();
  }
}
