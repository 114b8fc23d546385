package io.peft4j.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** A process prints one line of JSON and nothing else, and tells what went wrong by its code. */
class MainTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) {
    return Main.run(
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        args);
  }

  private String errors() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aRunIsOneLineOfJson() throws IOException {
    assertEquals(
        0,
        run(
            "run",
            "forward-merged",
            "--backbone=swin-nano",
            "--image=64",
            "--batch=1",
            "--warmup=0",
            "--repeats=2"),
        errors());
    String text = out.toString(StandardCharsets.UTF_8);
    assertEquals(1, text.lines().count());
    JsonNode line = new ObjectMapper().readTree(text);
    assertEquals("forward-merged", line.get("work").asText());
    assertEquals(2, line.get("ms").size());
    assertTrue(line.get("vmHwmKb").asLong() > 0);
    assertTrue(line.get("versions").has("nd4j"));
  }

  @Test
  void anUnknownWorkIsWrongInput() {
    assertEquals(2, run("run", "lora"));
    assertTrue(errors().contains("no work 'lora'"), errors());
    assertEquals("", out.toString(StandardCharsets.UTF_8));
  }

  @Test
  void aSeriesThatEndsBeforeItStartsIsWrongInput() {
    assertEquals(2, run("steady", "lora-step", "--steps=10", "--from=10"));
    assertTrue(errors().contains("--steps 10 must be above --from 10"), errors());
  }
}
