package io.peft4j.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The script builds when it must and only then, keeps standard output clean, and hands arguments
 * on. Java and Maven are stand-ins that print what they were asked.
 */
@EnabledOnOs({OS.LINUX, OS.MAC})
class PeftScriptTest {
  private static final Path SCRIPT = Path.of("..", "peft");
  private static final String JAR = "peft-harness/target/peft-harness-9-all.jar";

  @TempDir Path temp;
  private Path home;

  @BeforeEach
  void makeProject() throws IOException {
    home = Files.createDirectories(temp.resolve("a project"));
    Files.copy(SCRIPT, home.resolve("peft"));
    executable(home.resolve("peft"));
    Files.createDirectories(home.resolve("peft-api/src/main"));
    Files.writeString(home.resolve("pom.xml"), "");
    Files.writeString(home.resolve("peft-api/src/main/A.java"), "");
    stub("jdk/bin/java", "for a in \"$@\"; do echo \"[$a]\"; done");
    stub("mvn", "echo built; mkdir -p peft-harness/target; : > " + JAR);
  }

  @Test
  void buildsOnFirstUseAndNotAgain() throws Exception {
    Result first = peft("methods");
    assertEquals(0, first.code(), first.err());
    assertTrue(first.err().contains("built"), first.err());
    assertFalse(first.out().contains("built"), first.out());
    Result second = peft("methods");
    assertEquals(0, second.code(), second.err());
    assertEquals("", second.err());
  }

  @Test
  void buildsAgainWhenASourceIsNewer() throws Exception {
    peft("methods");
    Path source = home.resolve("peft-api/src/main/A.java");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
    assertTrue(peft("methods").err().contains("built"));
  }

  @Test
  void handsArgumentsPluginsAndHeapOn() throws Exception {
    Result run =
        peft(Map.of("PEFT_PLUGINS", "my plugin.jar", "PEFT_HEAP", "5g"), "count", "--set", "a=b c");
    List<String> words = run.out().lines().toList();
    String jar = home.toRealPath().resolve(JAR).toString();
    assertTrue(words.contains("[" + jar + ":my plugin.jar]"), run.out());
    assertTrue(words.contains("[-Xmx5g]"), run.out());
    assertEquals(
        List.of("[io.peft4j.harness.cli.Main]", "[count]", "[--set]", "[a=b c]"),
        words.subList(words.size() - 4, words.size()));
  }

  @Test
  void worksThroughALink() throws Exception {
    Path link = Files.createSymbolicLink(temp.resolve("link"), Path.of("a project", "peft"));
    Result run = run(Map.of(), link.toString(), "methods");
    assertEquals(0, run.code(), run.err());
    assertTrue(run.out().contains("[methods]"), run.out());
  }

  @Test
  void aFailedBuildIsAFailureThatLeavesNoJar() throws Exception {
    stub("mvn", "mkdir -p peft-harness/target; echo half > " + JAR + "; exit 3");
    Result run = peft("methods");
    assertEquals(ExitCode.FAILED, run.code());
    assertEquals("", run.out());
    assertTrue(run.err().contains("peft: the build failed"), run.err());
    assertFalse(Files.exists(home.resolve(JAR)));
  }

  @Test
  void missingToolsAreNamed() throws Exception {
    Result noMaven = peft(Map.of("MVN", "no-such-maven"), "methods");
    assertEquals(ExitCode.FAILED, noMaven.code());
    assertTrue(noMaven.err().contains("no Maven"), noMaven.err());
    Result noJava = peft(Map.of("JAVA_HOME", "no-such-jdk"), "methods");
    assertEquals(ExitCode.FAILED, noJava.code());
    assertTrue(noJava.err().contains("no Java"), noJava.err());
  }

  /** The command itself behind the script: who reads its results leaves, or has no room. */
  @Test
  void aClosedPipeEndsQuietlyAndAFullDiskDoesNot() throws Exception {
    stubOfTheCommand("");
    peft("--version");
    for (String line : List.of("methods", "--help", "completion")) {
      String piped = "'%s' %s | true; exit ${PIPESTATUS[0]}".formatted(home.resolve("peft"), line);
      Result closed = run(Map.of(), "bash", "-c", piped);
      assertEquals("", closed.err(), line);
      assertEquals(ExitCode.CLOSED_PIPE, closed.code(), line);
    }
    assumeTrue(Files.exists(Path.of("/dev/full")));
    Result full =
        run(Map.of(), "bash", "-c", "'%s' methods > /dev/full".formatted(home.resolve("peft")));
    assertEquals(ExitCode.FAILED, full.code());
    assertTrue(full.err().contains("peft: results could not be written"), full.err());
  }

  @Test
  void whatOnlyPrintsLoadsNoEngine() throws Exception {
    Path log = temp.resolve("classes.txt");
    stubOfTheCommand("-Xlog:class+load:file='%s'".formatted(log));
    for (String line : List.of("methods", "--version", "--help", "help")) {
      Result run = peft(line);
      assertEquals(0, run.code(), run.err());
      String classes = Files.readString(log);
      assertTrue(classes.contains(" io.peft4j.harness.cli.Main "), line);
      assertFalse(classes.contains(" org.nd4j."), line);
      assertFalse(classes.contains(" com.sun.jna."), line);
    }
  }

  /** Runs the command's classes of this build, not a jar. */
  private void stubOfTheCommand(String options) throws IOException {
    stub(
        "jdk/bin/java",
        """
        while [ "$1" != io.peft4j.harness.cli.Main ]; do shift; done
        exec '%s' -XX:TieredStopAtLevel=1 %s -cp '%s' "$@"
        """
            .formatted(
                Path.of(System.getProperty("java.home"), "bin", "java"),
                options,
                System.getProperty("java.class.path")));
  }

  @Test
  void classesAreArchivedOnceForAJarAndAJava() throws Exception {
    stubOfAnArchivingJava("echo classes > \"${a#*=}\"");
    Result first = peft("train");
    assertTrue(first.err().contains("preparing quicker starts"), first.err());
    Result second = peft("train");
    assertEquals("", second.err());
    assertTrue(second.out().contains("[-XX:SharedArchiveFile="), second.out());
    Files.writeString(temp.resolve("jdk/release"), "JAVA_VERSION=\"99\"");
    assertTrue(peft("train").err().contains("preparing quicker starts"));
    assertFalse(peft(Map.of("PEFT_ARCHIVE", "off"), "train").out().contains("SharedArchiveFile"));
  }

  @Test
  void whereClassesCannotBeArchivedNothingIsSaidAgain() throws Exception {
    stubOfAnArchivingJava("exit 1");
    assertEquals(0, peft("train").code());
    Result second = peft("train");
    assertEquals("", second.err());
    assertEquals(0, second.code());
    assertFalse(second.out().contains("SharedArchiveFile"), second.out());
  }

  /** Prints its arguments, or does as it is told where it is to archive. */
  private void stubOfAnArchivingJava(String archiving) throws IOException {
    stub(
        "jdk/bin/java",
        """
        for a in "$@"; do
          case $a in -XX:ArchiveClassesAtExit=*) %s; exit 0 ;; esac
        done
        for a in "$@"; do echo "[$a]"; done
        """
            .formatted(archiving));
    Files.writeString(temp.resolve("jdk/release"), "JAVA_VERSION=\"17\"");
  }

  private Result peft(String... arguments) throws Exception {
    return peft(Map.of(), arguments);
  }

  private Result peft(Map<String, String> environment, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(home.resolve("peft").toString()));
    command.addAll(Arrays.asList(arguments));
    return run(environment, command.toArray(String[]::new));
  }

  private Result run(Map<String, String> environment, String... command) throws Exception {
    Path out = temp.resolve("out.txt");
    Path err = temp.resolve("err.txt");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(temp.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().keySet().removeIf(k -> k.startsWith("PEFT_"));
    builder.environment().put("JAVA_HOME", temp.resolve("jdk").toString());
    builder.environment().put("MVN", temp.resolve("mvn").toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    assertTrue(process.waitFor(1, TimeUnit.MINUTES), "the script hangs");
    return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private void stub(String name, String body) throws IOException {
    Path file = temp.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, ("#!/bin/sh\n" + body + "\n").getBytes(StandardCharsets.UTF_8));
    executable(file);
  }

  private static void executable(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private record Result(int code, String out, String err) {}
}
