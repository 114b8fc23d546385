package io.peft4j.testkit;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.accounting.ParameterReport;
import io.peft4j.graph.PeftModel;
import java.util.OptionalLong;
import org.nd4j.linalg.api.buffer.DataType;
import org.opentest4j.TestAbortedException;

/** Laws about the numbers that a method trains. */
final class CountLaws {
  static final ImmutableList<Law<Subject>> ALL =
      ImmutableList.of(
          new Law<>("trains as many numbers as its formula says", CountLaws::declared),
          new Law<>("uses every number that it trains", CountLaws::used),
          new Law<>("counts the same without weights", CountLaws::withoutWeights));

  private CountLaws() {}

  private static void declared(Subject s) {
    PeftModel model = s.adapt(DataType.FLOAT);
    OptionalLong formula = model.rewrite().declaredParameters();
    if (formula.isEmpty()) {
      throw new TestAbortedException(
          "no formula: override Rewrite.declaredParameters() with the paper's");
    }
    ParameterReport report = model.parameters();
    Failure.unless(
        formula.getAsLong() == report.trainable(),
        "declaredParameters() is %,d; the graph has %,d trainable numbers (%,d reached, %,d dead): %s"
            .formatted(
                formula.getAsLong(),
                report.trainable(),
                report.used(),
                model.rewrite().deadParameters(),
                report.groups()),
        "correct the formula, or count what the papers count and no gradient reaches in"
            + " deadParameters()");
  }

  private static void used(Subject s) {
    PeftModel model = s.adapt(DataType.FLOAT);
    ParameterReport report = model.parameters();
    Failure.unless(
        report.used() + model.rewrite().deadParameters() == report.trainable(),
        "%,d numbers are trained, but features depend on %,d only"
            .formatted(report.trainable() - model.rewrite().deadParameters(), report.used()),
        "make parameters only where the answer uses them");
  }

  private static void withoutWeights(Subject s) {
    ParameterReport counted = s.adapt(s.backboneForCounting(), Subject.SEED).parameters();
    ParameterReport full = s.adapt(DataType.FLOAT).parameters();
    Failure.unless(
        counted.equals(full),
        "counted without weights %s; with weights %s".formatted(counted, full),
        "ask for arrays (Emit.base) only inside Init.of or the supplier of Emit.frozen");
  }
}
