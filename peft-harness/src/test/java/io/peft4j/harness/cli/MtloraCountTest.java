package io.peft4j.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The published counts of MTLoRA come out of the command, its dead tensors by name. */
class MtloraCountTest {
  private static final String COUNT =
      "count --method mtlora --backbone swin-tiny --image-size 448 --tasks pascal --decoder hrnet ";

  @ParameterizedTest
  @CsvSource({
    "--set sharedRank=64 --set taskRank=4, 8344634",
    "--set sharedRank=4 --set mergingLora=true, 2573114",
    "--set sharedRank=64 --set fc2=false, 6816314",
  })
  void trainableNumbers(String options, long trainable) {
    JsonNode report = Run.line(COUNT + options + " --json").json();
    assertEquals(trainable, report.path("trainable").longValue());
    long dead = 0;
    for (JsonNode numbers : report.path("dead")) {
      dead += numbers.longValue();
    }
    assertEquals(trainable, report.path("used").longValue() + dead);
  }

  @Test
  void deadTensorsAreNamed() {
    String options = "--set sharedRank=64";
    String dead = "layers.3.blocks.1.mlp.fc2.lora_shared_A";
    JsonNode report = Run.line(COUNT + options + " --json").json();
    assertEquals(64 * 3072, report.path("dead").path(dead).longValue());
    Run run = Run.line(COUNT + options);
    assertTrue(run.out().contains("reached by no gradient"), run.out());
    assertTrue(run.out().contains(dead), run.out());
  }
}
