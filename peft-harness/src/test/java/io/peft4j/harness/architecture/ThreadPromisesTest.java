package io.peft4j.harness.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every public type that programs share says whether several threads may use it, in one wording.
 */
class ThreadPromisesTest {
  private static final Path ROOT = Path.of("..");

  /** Source folders, those below them included. */
  private static final List<String> FOLDERS =
      List.of(
          "peft-api/src/main/java/io/peft4j/api",
          "peft-graph/src/main/java/io/peft4j/graph/exec",
          "peft-adapters/src/main/java/io/peft4j/adapters",
          "peft-harness/src/main/java/io/peft4j/harness/run",
          "peft-harness/src/main/java/io/peft4j/harness/train",
          "peft-harness/src/main/java/io/peft4j/harness/metric",
          "peft-harness/src/main/java/io/peft4j/harness/data");

  private static final String FRONT_DOOR = "peft-graph/src/main/java/io/peft4j/graph";

  private static final Pattern TYPE =
      Pattern.compile(
          "^(?:@\\w+(?:\\([^)]*\\))?\\s+)*public (?:(?:abstract|final|sealed|non-sealed) )*"
              + "(class|interface|record|enum|@interface) (\\w+)",
          Pattern.MULTILINE);

  /** A bare promise, or a refusal with what is so. */
  private static final Pattern SENTENCE =
      Pattern.compile(
          "Safe for use by several threads\\.|Not safe for use by several threads; \\w");

  private static final Pattern VALUES =
      Pattern.compile(
          "Records, enumerations and exceptions are values\\. Safe for use by several threads\\.");

  @Test
  void everySharedTypeSaysWhetherThreadsMayShareIt() throws IOException {
    List<String> silent = new ArrayList<>();
    int types = 0;
    for (Path file : files()) {
      String source = Files.readString(file);
      Matcher type = TYPE.matcher(source);
      if (type.find()) {
        types++;
        boolean isValue =
            List.of("record", "enum", "@interface").contains(type.group(1))
                || type.group(2).endsWith("Exception");
        boolean says =
            SENTENCE.matcher(lastDocumentation(source.substring(0, type.start()))).find()
                || isValue && packageSaysSo(file.getParent());
        if (!says) {
          silent.add(type.group(2));
        }
      }
    }
    assertTrue(types > 100, "found only " + types);
    assertEquals(
        List.of(), silent, "write 'Safe for use by several threads.' or 'Not safe for ...; '");
  }

  private static List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    for (String folder : FOLDERS) {
      try (Stream<Path> below = Files.walk(ROOT.resolve(folder))) {
        below.filter(ThreadPromisesTest::isSource).forEach(files::add);
      }
    }
    try (Stream<Path> door = Files.list(ROOT.resolve(FRONT_DOOR))) {
      door.filter(ThreadPromisesTest::isSource).forEach(files::add);
    }
    files.add(ROOT.resolve(FRONT_DOOR).resolve("plan/PlanExecutor.java"));
    return files;
  }

  private static boolean isSource(Path file) {
    return file.toString().endsWith(".java") && !file.endsWith("package-info.java");
  }

  private static boolean packageSaysSo(Path folder) throws IOException {
    Path file = folder.resolve("package-info.java");
    return Files.exists(file) && VALUES.matcher(words(Files.readString(file))).find();
  }

  private static String lastDocumentation(String before) {
    int start = before.lastIndexOf("/**");
    return start < 0 ? "" : words(before.substring(start));
  }

  private static String words(String comment) {
    return comment.replaceAll("\\s*\\n \\*\\s*", " ");
  }
}
