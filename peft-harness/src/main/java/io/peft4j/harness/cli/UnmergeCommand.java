package io.peft4j.harness.cli;

import io.peft4j.adapters.merge.BitPatch;
import io.peft4j.backbones.safetensors.Safetensors;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code peft unmerge}: the checkpoint before a merge, to the bit. */
@Command(
    name = "unmerge",
    description = "Restore the weights before 'peft merge --undo', to the bit.")
public final class UnmergeCommand implements Callable<Integer> {
  @Mixin private OutputOptions output = new OutputOptions();

  @Parameters(paramLabel = "FILE", description = "the merged checkpoint")
  private Path merged;

  @Option(
      names = "--undo",
      required = true,
      paramLabel = "FILE",
      description = "what 'peft merge --undo' wrote beside it")
  private Path undo;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "the restored checkpoint, a safetensors file")
  private Path out;

  @Override
  public Integer call() {
    MergeCommand.requireFile(out);
    BitPatch patch = BitPatch.read(undo);
    Safetensors.write(out, patch.undo(Safetensors.read(merged)), Map.of("format", "pt"));
    Result result = new Result(merged.toString(), out.toString(), patch.bits().size());
    output.result(result, () -> "%d tensors restored in %s".formatted(result.tensors(), out));
    return ExitCode.DONE;
  }

  private record Result(String merged, String checkpoint, int tensors) {}
}
