package io.peft4j.harness.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A training gives the bits of one in a fresh process, whatever its process did before and does
 * beside it: losses and trained tensors. A few methods; with {@code -Dpeft.long=true} every one,
 * after each of many histories.
 */
class HistoryTest {
  private static final boolean LONG = Boolean.getBoolean("peft.long");
  private static final String CORE_TYPE = "OPENBLAS_CORETYPE";

  /** Of OpenBLAS, or of this library for it. */
  private static final String OWN_CHOICE = "";

  private static final String THREADS = "OMP_NUM_THREADS";

  @TempDir private Path folder;
  private int processes;

  private static List<String> methods() {
    return LONG
        ? MethodRegistry.discover().methods().stream().map(MethodDescriptor::id).toList()
        : List.of("lora", "mtlora");
  }

  /** In this process, which has run other tests too, maybe. */
  @Test
  void otherWorkBeforeChangesNoBit() throws Exception {
    List<String> expected = process(Map.of(), TrainedBits.FRESH, methods());
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < (LONG ? 5 : 1); round++) {
      try (OtherWork before = new OtherWork(random, folder.resolve("work-" + round))) {
        before.all();
        List<String> methods = new ArrayList<>(methods());
        Collections.shuffle(methods, random);
        for (String method : methods) {
          String bits =
              TrainedBits.of(
                  TrainedBits.spec(method, Map.of()), folder.resolve(round + "-" + method));
          assertEquals(expected.get(methods().indexOf(method)), bits, "history of seed " + seed);
          before.some();
        }
      }
    }
  }

  /**
   * ND4J is loaded by the one process before it knows of this library, by the other after; and
   * threads that others have taken may not change how a sum is cut.
   */
  @Test
  void neitherWhoLoadsNd4jNorCompanyChangesABit() throws Exception {
    long seed = System.nanoTime();
    List<String> methods = LONG ? methods() : List.of("lora");
    for (String threads : LONG ? List.of("1", "2", "3") : List.of("3")) {
      Map<String, String> environment = Map.of(CORE_TYPE, OWN_CHOICE, THREADS, threads);
      assertEquals(
          process(environment, TrainedBits.FRESH, methods),
          process(environment, Long.toString(seed), methods),
          threads + " threads, history of seed " + seed);
    }
  }

  /** Bits of a process of its own, with other settings in its environment. */
  private List<String> process(Map<String, String> environment, String before, List<String> methods)
      throws IOException, InterruptedException {
    String name = "process-" + processes++;
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx2g", "-XX:TieredStopAtLevel=1", "-Dpeft.cache=off"));
    command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(TrainedBits.class.getName(), folder.resolve(name).toString(), before));
    command.addAll(methods);
    Path said = folder.resolve(name + ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile());
    builder.environment().putAll(environment);
    builder.environment().values().removeIf(OWN_CHOICE::equals);
    Process process = builder.start();
    try {
      process.waitFor(LONG ? 60 : 10, TimeUnit.MINUTES);
    } finally {
      process.destroyForcibly().onExit().join();
    }
    String text = Files.readString(said);
    assertEquals(0, process.exitValue(), text);
    List<String> bits =
        text.lines()
            .filter(line -> line.startsWith(TrainedBits.BITS))
            .map(line -> line.substring(TrainedBits.BITS.length()))
            .toList();
    assertEquals(methods.size(), bits.size(), text);
    return bits;
  }
}
