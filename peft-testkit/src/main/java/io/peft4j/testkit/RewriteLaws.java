package io.peft4j.testkit;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.Task;
import io.peft4j.api.routing.TaskRouter;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.emitted.Trainable;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.opentest4j.TestAbortedException;

/** Laws about the rewritten graph, before anything is trained. */
final class RewriteLaws {
  static final String REWRITES = "rewrites the backbone";

  static final ImmutableList<Law<Subject>> ALL =
      ImmutableList.of(
          new Law<>(REWRITES, RewriteLaws::rewrites),
          new Law<>(
              "routes shared to shared, idempotently, to streams that serve the task",
              RewriteLaws::router),
          new Law<>("starts as the frozen backbone", RewriteLaws::start),
          new Law<>("emits the same graph for the same seed", RewriteLaws::deterministic),
          new Law<>("shares frozen arrays and owns trained ones", RewriteLaws::buffers));

  private RewriteLaws() {}

  private static void rewrites(Subject s) {
    for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
      Backbone backbone = s.backbone(type);
      try {
        s.adaptOrThrow(backbone, Subject.SEED);
      } catch (TestAbortedException e) {
        throw e;
      } catch (RuntimeException e) {
        throw Failure.of(
            "%s with %s: %s".formatted(type, s.variant().options(), e.getMessage()),
            "mend the rule of the site or parameter that the message names; if it is the"
                + " configuration that does not fit this small backbone, test another one",
            e);
      }
    }
  }

  private static void router(Subject s) {
    Backbone backbone = s.backbone(DataType.FLOAT);
    TaskRouter router = s.bind(backbone).router();
    Set<Place> places = new LinkedHashSet<>(backbone.places().values());
    for (Place place : places) {
      Stream shared = router.route(place, Stream.SHARED);
      Failure.unless(
          shared.isShared(),
          "at %s the shared stream is answered by '%s'".formatted(place, shared),
          "let the router answer a shared demand by Stream.SHARED");
      for (Task task : s.tasks()) {
        Stream demanded = Stream.of(task.name());
        Stream answer = router.route(place, demanded);
        Failure.unless(
            answer.isShared() || answer.tasks().containsAll(demanded.tasks()),
            "at %s the demand of '%s' is answered by '%s', which does not serve it"
                .formatted(place, demanded, answer),
            "answer by SHARED, by the task itself, or by a group that holds it");
        Failure.unless(
            router.route(place, answer).equals(answer),
            "at %s '%s' is routed to '%s', but '%s' to '%s'"
                .formatted(place, demanded, answer, answer, router.route(place, answer)),
            "make the router idempotent: what it answers must be answered by itself");
        Failure.unless(
            router.route(place, demanded).equals(answer),
            "at %s the demand of '%s' gets different answers".formatted(place, demanded),
            "make the router a pure function of place and demand");
      }
    }
  }

  private static void start(Subject s) {
    for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
      PeftModel model = s.adapt(type);
      INDArray images = Values.images(model.backbone(), 1);
      List<INDArray> plain = BackboneLaws.plainFeatures(model.backbone(), images).get("plain");
      for (Map.Entry<String, List<INDArray>> own : model.features(images).entrySet()) {
        double error = Values.relativeError(Map.of("", plain), Map.of("", own.getValue()));
        // A method that starts elsewhere must still start somewhere.
        double tolerance = type == DataType.DOUBLE ? 1e-10 : 1e-5;
        double allowed = model.rewrite().identityAtStart() ? tolerance : Double.MAX_VALUE;
        Failure.unless(
            error <= allowed,
            "%s: task %s starts %.1e away from the frozen backbone"
                .formatted(type, own.getKey(), error),
            "start the branch at zero (Init.zeros() on its last factor), or let"
                + " Rewrite.identityAtStart() return false");
      }
    }
  }

  private static void deterministic(Subject s) {
    Backbone backbone = s.backbone(DataType.FLOAT);
    PeftModel first = s.adapt(backbone, Subject.SEED);
    PeftModel second = s.adapt(backbone, Subject.SEED);
    Failure.unless(
        describe(first.target().graph()).equals(describe(second.target().graph())),
        "two rewrites with one seed differ in names or operations",
        "iterate over ordered collections only, and keep no state in the PeftMethod");
    List<String> differing =
        Values.differing(Values.fingerprints(first.state()), Values.fingerprints(second.state()));
    Failure.unless(
        differing.isEmpty(),
        "two rewrites with one seed start with different " + differing,
        "draw initial values from the generator that Init.create is given, from nothing else");
    List<String> constants =
        Values.differing(
            Values.ofConstants(first.target().graph()),
            Values.ofConstants(second.target().graph()));
    Failure.unless(
        constants.isEmpty(),
        "two rewrites have different constants " + constants,
        "let Emit.frozen follow from the backbone and the configuration alone");
    PeftModel other = s.adapt(backbone, Subject.SEED + 1);
    Failure.unless(
        first.state().keySet().equals(other.state().keySet()),
        "another seed gives other names: %s and %s"
            .formatted(first.state().keySet(), other.state().keySet()),
        "let names not depend on initial values");
  }

  private static List<String> describe(SameDiff graph) {
    List<String> lines = new ArrayList<>();
    for (SDVariable v : graph.variables()) {
      lines.add("%s %s %s".formatted(v.name(), v.getVariableType(), v.dataType()));
    }
    graph
        .getOps()
        .forEach(
            (name, op) ->
                lines.add(
                    "%s %s %s %s"
                        .formatted(
                            name, op.getOp().opName(), op.getInputsToOp(), op.getOutputsOfOp())));
    return lines;
  }

  private static void buffers(Subject s) {
    PeftModel model = s.adapt(DataType.FLOAT);
    SameDiff plain = model.backbone().graph();
    SameDiff graph = model.target().graph();
    for (SDVariable v : plain.variables()) {
      boolean frozen =
          v.isConstant()
              // an operation's own, which is made by whoever needs it first
              && !v.name().startsWith("const.")
              && graph.hasVariable(v.name())
              && graph.getVariable(v.name()).isConstant();
      Failure.unless(
          !frozen || BackboneLaws.sharesBuffer(plain, graph, v.name()),
          "the frozen array '%s' was copied".formatted(v.name()),
          "read frozen values through Emit.weight() and Emit.value(), do not make them again");
    }
    for (Trainable t : model.target().trainables()) {
      INDArray own = model.arrays().get(t.name());
      Failure.unless(
          own.data().address() == graph.getVariable(t.name()).getArr().data().address(),
          "a change of %s in place is no change of the model".formatted(t.name()),
          "report this to the library: it keeps another array than the graph");
      for (SDVariable v : plain.variables()) {
        Failure.unless(
            !v.isConstant() || v.getArr().data().address() != own.data().address(),
            "the trainable %s is stored in the backbone's array '%s'".formatted(t.name(), v.name()),
            "start it by Init.of, which copies");
      }
    }
  }
}
