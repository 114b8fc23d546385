package io.peft4j.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands that write refuse wrong input before they make so much as a folder. */
class NothingWrittenTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "train --method tglora --set groups=2,1,1,1 | groups may only split with depth",
        "train --method tglora --set groups=each,all,all,all | semseg+human_parts+sal+normals merges tasks that stage 0 has apart",
        "train --method tglora --set groups=all,all,semseg+sal/human_parts+normals+sal,each | task sal is named twice; a task is in one group",
        "train --method tglora --set groups=all,all,semseg/human_parts+normals,each | task sal is in no group",
        "train --method tglora --set groups=all,all,sem@seg/human_parts+normals+sal,each | no task 'sem@seg'; did you mean 'semseg'?",
        "train --method tglora --set groups=1,2,3 | groups are given for 3 stages, but pvt-nano has 4",
        "train --method tglora --set groups=1,2,3,5 | 5 groups need as many tasks, but there are 4",
        "train --method tglora --set rank=7 | rank 7 cannot be split over the groups of stage 1",
        "train --method tglora --set lastStageRank=6 | set lastStageRank to a multiple of 4, such as 4",
        "train --method ditask --set sharedCells=1 | sharedCells 1 must be at least 2",
        "train --method ditask --set cellsOfTask=sal=1 | cellsOfTask sal 1 must be at least 2",
        "train --method ditask --set cellsOfTask=sall=8 | there is no task 'sall'; did you mean 'sal'?",
        "train --method mtlora --set sharedRank=64 | sharedRank 64 is larger than site block1.0.attn.q allows",
        "train --method mtlora --set rankPerTask=sall=8 | no task 'sall'; did you mean 'sal'?",
        "train --method mtlora --set rankPerTask=sal=8,sal=4 | rankPerTask: 'sal=8,sal=4' is not of type map of text=int ('sal' is given twice)",
        "train --method mtlora --set mergingLora=true | pvt-nano has no linear site with role downsample.reduction",
        "train --method lora --set unfreeze=norms,merging | unfreeze: pvt-nano has no merging; it has patch-embed, norms, position-bias, sr",
        "train --method lora --tasks sem.seg:12 | unknown task 'sem.seg'; did you mean 'semseg'?",
        "train --method lora --tasks sal@1 | unknown task 'sal@1'; did you mean 'sal'?",
        "train --method lora --tasks shared | unknown task 'shared'",
        "train --method lora --tasks semseg:3 | rendered pictures have 12 classes of semseg, not 3; write semseg:12",
        "train --method lora --image-size 50 | nearest that work: 32x32, 64x64",
        "train --method lora --epochs 0 | epochs 0 must be positive",
        "train --method lora --lr Infinity | learning rate Infinity must be finite",
        "compare --methods tglora --set tglora.groups=2,1,1,1 | groups may only split with depth",
        "compare --methods lora,mtlora --set mtlora.mergingLora=true | pvt-nano has no linear site with role downsample.reduction",
        "compare --methods lora --tasks semseg:3 | rendered pictures have 12 classes of semseg, not 3",
        "compare --all --tasks semseg:3 | rendered pictures have 12 classes of semseg, not 3",
        "pretrain --epochs 0 | epochs 0 must be positive",
        "pretrain --epoch-images 8 | a step takes 32 pictures, but an epoch has 8",
        "pretrain --held-out 0 | at least 1 is needed",
        "pretrain --image-size 50 | nearest that work: 32x32, 64x64",
      })
  void isRefusedInOneLine(String line, String message) {
    Path out = folder.resolve("out");
    List<String> args = new ArrayList<>(List.of(line.split(" ")));
    args.addAll(List.of("--backbone", "pvt-nano", "--out", file(out, args.get(0)).toString()));
    Run run = Run.of(args.toArray(String[]::new));
    assertEquals(ExitCode.WRONG_INPUT, run.code(), run.err());
    assertEquals("", run.out());
    assertTrue(run.err().contains(message), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertFalse(Files.exists(out));
  }

  private static Path file(Path out, String command) {
    return command.equals("pretrain") ? out.resolve("nano.safetensors") : out;
  }

  /** Blanks and other characters that no variable name can hold. */
  @ParameterizedTest
  @ValueSource(strings = {"sem seg:12", "sal\n", "sal/1", "../sal", "ség:12", " "})
  void namesOfTasksAreKnownOnes(String tasks) {
    Path out = folder.resolve("out");
    Run run =
        Run.of("train", "--method", "lora", "--tasks", tasks + ",sal", "--out", out.toString());
    assertEquals(ExitCode.WRONG_INPUT, run.code(), run.err());
    assertTrue(run.err().startsWith("peft train: "), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertFalse(Files.exists(out));
  }

  @Test
  void aFolderIsNoFileOfWeights() {
    Run run = Run.of("pretrain", "--out", folder.toString());
    assertEquals(ExitCode.WRONG_INPUT, run.code(), run.err());
    assertTrue(run.err().contains("is a folder; name a file in it"), run.err());
  }
}
