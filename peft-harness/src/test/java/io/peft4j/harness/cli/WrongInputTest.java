package io.peft4j.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every wrong input: exit code 2, one line that names it and helps, nothing on standard output. */
class WrongInputTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cuont | unknown command 'cuont'; did you mean 'count'?",
        "count --metod lora | unknown option '--metod'; did you mean '--method'?",
        "count --method lora --tasks=sal --bakbone=x | unknown option '--bakbone'; did you mean '--backbone'?",
        "count --method lora stray | unexpected argument 'stray'",
        "count --method | Missing required parameter for option '--method'",
        "count | Missing required option: '--method=ID'",
        "count --method lroa | unknown method 'lroa'; did you mean 'lora'?",
        "count --method lora --set rnak=4 | unknown option 'rnak'; did you mean 'rank'?",
        "count --method lora --set rank=x | option rank: 'x' is not of type int",
        "count --method lora --set rank=0 | rank 0 must be at least 1",
        "count --method lora --set rank | --set rank: write option=value",
        "count --method lora --set rank=4 --set rank=8 | the option is set twice",
        "count --method lora --set rank=100 | rank 100 is larger than site layers.0.blocks.0.attn.qkv",
        "count --method lora --set targets=atn | 'atn' matches no linear site of swin-nano; did you mean 'attn'?",
        "count --method lora --set targets=mlp,qvk | 'qvk' matches no linear site of swin-nano; did you mean 'qkv'?",
        "count --method lora --set exclude=kqv | 'kqv' matches no linear site of swin-nano",
        "count --method lora --set targets=attn --set exclude=attn | leave no site of swin-nano",
        "count --method lora --set targets=re:( | 're:(' is no regular expression",
        "count --method lora --set stages=4 | stage 4: swin-nano has stages 0 to 3",
        "count --method lora --set rankPattern=fc3=2 | rankPattern: 'fc3' matches no linear site",
        "count --method bitfit --preset polyhistr | method bitfit has no preset 'polyhistr'; did you mean 'polyhistor'?",
        "count --method full --preset polyhistor | method full has no preset 'polyhistor'; it has none at all",
        "count --method bitfit --preset polyhistor --set pertsk=false | method bitfit: unknown option 'pertsk'; did you mean 'perTask'?",
        "count --method full --per-task --single-task | give one",
        "compare --methods bitfit --per-task bitfti | one model per task is asked of 'bitfti', which takes no part; did you mean 'bitfit'?",
        "compare --methods bitfit,full --preset polyhistor | method full has no preset 'polyhistor'",
        "compare --methods bitfit --preset bitfti.polyhistor | 'bitfti' takes no part; did you mean 'bitfit'?",
        "count --method full --tasks semsg:21 | unknown task 'semsg'; did you mean 'semseg'?",
        "count --method full --tasks semseg | task 'semseg' needs its number of classes",
        "count --method full --tasks sal,sal | task 'sal' is given twice",
        "count --method full --tasks pascla | unknown task 'pascla'; did you mean 'pascal'?",
        "count --method full --backbone swin-tny | no backbone 'swin-tny'; did you mean 'swin-tiny'?",
        "count --method full --backbone swin-tiny --image-size 450 | nearest that work: 448x448",
        "count --method full --backbone pvt-tyni | no backbone 'pvt-tyni'; did you mean 'pvt-tiny'?",
        "count --method full --backbone pvt-tiny --image-size 450 | nearest that work: 448x448, 480x480",
        "count --method lora --backbone pvt-nano --set targets=qkv | 'qkv' matches no linear site of pvt-nano",
        "count --method lora --backbone pvt-nano --set qkvParts=q | qkvParts [Q]: site",
        "count --method full --image-size 2 --pad | smaller than a patch",
        "count --method full --image-size 0 | height and width must be positive",
        "count --method full --image-size big | image size 'big': write one number such as 448",
        "count --method full --decoder hrnt | unknown decoder 'hrnt'; did you mean 'hrnet'?",
        "count --method full --decoder segformer-mlp --decoder-norms per-tsk | unknown decoder norms 'per-tsk'; did you mean 'per-task'?",
        "count --method full --decoder segformer-mlp --decoder-channels 8,16 | decoder segformer-mlp has one width for all scales, not [8, 16]",
        "count --method full --decoder-channels 8,16 | are for 2 scales, but the backbone has 4",
        "count --method full --decoder-channels 8,16,0,64 | must be positive",
        "count --method full --decoder-channels 8,x | 'x' is not an int",
        "inspect --targets re:[ | 're:[' is no regular expression",
        "inspect --backbone swin-tiny | Missing required option: '--targets=TERM'",
        "help cuont | unknown command 'cuont'; did you mean 'count'?",
        "count --meth lora | unknown option '--meth'; did you mean '--method'?",
        "predict --run r --out o | (specify one of these)",
        "predict --run r --out o --image a --images b | mutually exclusive",
        "methods --jsno | unknown option '--jsno'; did you mean '--json'?",
      })
  void isRefusedInOneLine(String line, String message) {
    Run run = Run.line(line);
    assertEquals(ExitCode.WRONG_INPUT, run.code(), run.err());
    assertEquals("", run.out());
    assertTrue(run.err().contains(message), run.err());
    assertTrue(run.err().startsWith("peft"), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"count --verbose --method lora --set rank=100", "count --verbose --metod lora"})
  void verboseShowsWhereItWasFound(String line) {
    Run run = Run.line(line);
    assertEquals(ExitCode.WRONG_INPUT, run.code());
    assertEquals("", run.out());
    assertTrue(run.err().contains("\tat "), run.err());
  }

  @Test
  void noCommandShowsTheCommands() {
    Run run = Run.of();
    assertEquals(ExitCode.WRONG_INPUT, run.code());
    assertEquals("", run.out());
    assertTrue(run.err().contains("count") && run.err().contains("methods"), run.err());
    assertFalse(run.err().contains("\tat "), run.err());
  }
}
