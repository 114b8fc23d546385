package io.peft4j.harness.cli;

import io.peft4j.graph.natives.Diagnosis;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code peft doctor}: how ND4J stands on this machine, and what to set. */
@Command(
    name = "doctor",
    description = {
      "Show the back end, its kernels and memory limits, measure matrix products, and give advice.",
      "Fails if ND4J cannot compute here, as on a CUDA device that it has no code for, or multiplies",
      "wrongly."
    })
public final class DoctorCommand implements Callable<Integer> {
  @Mixin private OutputOptions output = new OutputOptions();

  @Override
  public Integer call() {
    Diagnosis diagnosis = Diagnosis.take();
    DoctorReport report = DoctorReport.of(diagnosis);
    output.result(report, report::text);
    diagnosis.problems().forEach(p -> output.note("peft doctor: " + p));
    return diagnosis.isUsable() ? ExitCode.DONE : ExitCode.FAILED;
  }
}
