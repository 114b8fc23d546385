package io.peft4j.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The listing holds every usable method with its options, and says what is wrong with others. */
class MethodsCommandTest {
  @TempDir Path plugins;

  @Test
  void listsMethodsWithJarsAndOptions() {
    Run run = Run.line("methods --json");
    assertEquals(ExitCode.DONE, run.code(), run.err());
    JsonNode methods = run.json().path("methods");
    List<String> ids = methods.findValuesAsText("id");
    assertTrue(ids.containsAll(List.of("bitfit", "decoders-only", "full", "lora")), run.out());
    for (JsonNode method : methods) {
      assertTrue(Files.exists(Path.of(method.path("jar").textValue())), method.toString());
      assertTrue(method.path("version").isTextual(), method.toString());
    }
    JsonNode rank = methods.get(ids.indexOf("lora")).path("options").get(0);
    assertEquals("rank", rank.path("name").textValue());
    assertEquals("int", rank.path("type").textValue());
    assertEquals("8", rank.path("default").textValue());
    assertTrue(rank.path("description").textValue().length() > 5, rank.toString());
    assertEquals(
        "true",
        methods.get(ids.indexOf("bitfit")).at("/presets/polyhistor/options/perTask").textValue());
    assertEquals(0, run.json().path("problems").size());
  }

  @Test
  void theListForPeopleNamesMethodsAndOptions() {
    String out = Run.line("methods").out();
    assertTrue(out.contains("lora ") && out.contains("rankPattern"), out);
    assertTrue(out.contains("no options"), out);
    assertTrue(out.contains("preset polyhistor: one model per task"), out);
    assertTrue(out.contains("on pvt: positionBias=false"), out);
  }

  @Test
  void aBrokenPluginIsToldOnStandardErrorAndHidesNothing() throws IOException {
    Run run = withProviders("com.example.Missing");
    assertEquals(ExitCode.DONE, run.code(), run.err());
    assertTrue(run.err().contains("not usable: com.example.Missing in "), run.err());
    assertEquals(
        "com.example.Missing", run.json().path("problems").get(0).path("provider").textValue());
    assertTrue(run.json().path("methods").findValuesAsText("id").contains("lora"), run.out());
  }

  @Test
  void whatCodePrintsToStandardOutputDoesNotReachTheResults() throws IOException {
    java.io.PrintStream before = System.out;
    Run run = withProviders(Chatty.class.getName());
    assertTrue(run.json().path("methods").findValuesAsText("id").contains("chatty"), run.out());
    assertTrue(run.err().contains("hello from a plugin"), run.err());
    assertEquals(before, System.out);
  }

  private Run withProviders(String provider) throws IOException {
    Path services = Files.createDirectories(plugins.resolve("META-INF/services"));
    Files.writeString(services.resolve(PeftMethod.class.getName()), provider + "\n");
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {plugins.toUri().toURL()}, before)) {
      thread.setContextClassLoader(loader);
      return Run.line("methods --json");
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  /** A method that prints, as ND4J does at times. */
  public static final class Chatty implements PeftMethod {
    /** Found by ServiceLoader. */
    public Chatty() {}

    @Override
    public String id() {
      System.out.println("hello from a plugin");
      return "chatty";
    }

    @Override
    public Class<? extends Record> configType() {
      return NoOptions.class;
    }

    @Override
    public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
      throw new UnsupportedOperationException();
    }
  }

  /** Nothing to choose. */
  public record NoOptions() {}
}
