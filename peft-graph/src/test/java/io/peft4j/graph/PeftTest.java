package io.peft4j.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Option;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.toy.ToyBackbone;
import io.peft4j.graph.toy.Toys;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.samediff.SDVariable;

/** Methods are found by id or by their configuration; wrong input is named with its remedy. */
class PeftTest {
  @TempDir private Path services;

  private final ClassLoader before = Thread.currentThread().getContextClassLoader();
  private final Backbone backbone = ToyBackbone.of(1, 1);

  @BeforeEach
  void offerMethod() throws IOException {
    Path file = services.resolve("META-INF/services/" + PeftMethod.class.getName());
    Files.createDirectories(file.getParent());
    Files.writeString(file, Shifting.class.getName());
    Thread.currentThread()
        .setContextClassLoader(new URLClassLoader(new URL[] {services.toUri().toURL()}, before));
  }

  @AfterEach
  void withdrawMethod() throws IOException {
    ((URLClassLoader) Thread.currentThread().getContextClassLoader()).close();
    Thread.currentThread().setContextClassLoader(before);
  }

  /** Adds a vector behind every layer. */
  public static final class Shifting implements PeftMethod {
    @Override
    public String id() {
      return "shifting";
    }

    @Override
    public Class<? extends Record> configType() {
      return ShiftingConfig.class;
    }

    @Override
    public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
      double start = ((ShiftingConfig) config).start();
      return new Rewrite() {
        @Override
        public SDVariable linear(LinearSite site, Emit emit) {
          return emit.next().add(emit.param("shift", Init.constant(start), site.out()));
        }
      };
    }
  }

  /** Options of {@link Shifting}. */
  public record ShiftingConfig(@Option(value = "Start value.", byDefault = "0.5") double start) {}

  @Test
  void byIdAndOptions() {
    PeftModel model = Peft.adapt(backbone, "shifting", Map.of("start", "2"), Toys.TWO_TASKS);
    assertEquals("shifting", model.methodId());
    assertEquals(new ShiftingConfig(2), model.config());
    assertEquals(Toys.TWO_TASKS, model.tasks());
    assertEquals(2, model.arrays().get("patch_embed.proj.shift").getDouble(0));
    PeftModel plain = Peft.adapt(backbone, "shifting", Map.of(), Toys.TWO_TASKS);
    assertEquals(new ShiftingConfig(0.5), plain.config());
  }

  @Test
  void byConfiguration() {
    PeftModel model = Peft.adapt(backbone, new ShiftingConfig(3), Toys.ONE_TASK);
    assertEquals("shifting", model.methodId());
    assertEquals(3, model.arrays().get("patch_embed.proj.shift").getDouble(0));
  }

  @Test
  void aConfigurationOfNoMethod() {
    assertMessage(
        "no method on the class path is configured by "
            + Toys.NoOptions.class.getName()
            + "; known: [shifting]",
        () -> Peft.adapt(backbone, new Toys.NoOptions(), Toys.ONE_TASK));
  }

  @Test
  void anUnknownMethod() {
    assertMessage(
        "unknown method 'shiftign'; did you mean 'shifting'?",
        () -> Peft.adapt(backbone, "shiftign", Map.of(), Toys.ONE_TASK));
  }

  @Test
  void tasksAreNamedOnceAndThereIsOne() {
    assertMessage(
        "task 'a' is given twice",
        () -> Peft.adapt(backbone, "shifting", Map.of(), Toys.tasks("a", "b", "a")));
    assertMessage(
        "no tasks: name at least one, such as semseg:21",
        () -> Peft.adapt(backbone, "shifting", Map.of(), List.of()));
  }

  private static void assertMessage(String message, Runnable action) {
    assertEquals(message, assertThrows(InputException.class, action::run).getMessage());
  }
}
