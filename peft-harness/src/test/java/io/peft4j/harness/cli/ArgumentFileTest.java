package io.peft4j.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Arguments in files, and the script that completes them. */
class ArgumentFileTest {
  @TempDir private Path folder;

  @Test
  void blanksQuotesCommentsAndLineEndsAreUnderstood() throws IOException {
    Path file = folder.resolve("arguments");
    Files.writeString(
        file, "count # what it costs\r\n--method lora\n  --set \"rank=4\"\r\n--json\n");
    Run fromFile = Run.of("@" + file);
    assertEquals(ExitCode.DONE, fromFile.code(), fromFile.err());
    assertEquals(Run.line("count --method lora --set rank=4 --json").json(), fromFile.json());
  }

  @Test
  void wrongArgumentsOfAFileAreToldAsOthers() throws IOException {
    Path file = Files.writeString(folder.resolve("arguments"), "--metod lora");
    Run run = Run.of("count", "@" + file);
    assertEquals(ExitCode.WRONG_INPUT, run.code());
    assertTrue(run.err().contains("unknown option '--metod'"), run.err());
  }

  @Test
  void theCompletionKnowsEveryCommandAndItsOptions() {
    Run run = Run.line("completion");
    assertEquals(ExitCode.DONE, run.code(), run.err());
    assertTrue(run.out().startsWith("#!/usr/bin/env bash"), run.out());
    for (String word : new String[] {"predict", "train", "--images", "--method", "help"}) {
      assertTrue(run.out().contains(word), word);
    }
    assertTrue(run.out().contains("complete -F _complete_peft"), run.out());
  }
}
