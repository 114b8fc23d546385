package io.peft4j.adapters.folder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.peft4j.adapters.Models;
import io.peft4j.adapters.json.JsonFile;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Whatever the files of an adapter hold: it is read, or refused by an {@link InputException} with a
 * message, and no file is written. With -Dpeft.long=true 5,000 of each kind.
 */
class DamagedFolderProperties {
  private static final int TRIES = 200;
  private static final int EACH = Boolean.getBoolean("peft.long") ? 25 : 1;

  private static Path root;
  private static Path adapter;
  private static Backbone backbone;
  private static byte[] config;
  private static byte[] model;
  private static Map<String, Object> values;

  @BeforeContainer
  static void prepare() throws IOException {
    root = Files.createTempDirectory("damaged");
    adapter = root.resolve("adapter");
    backbone = Models.backbone();
    AdapterWriter.STANDARD.write(
        adapter,
        Models.adapter(backbone, "lora", "rank=2 dora=true targets=qkv,fc1", 1),
        backbone,
        CardFacts.NONE);
    config = Files.readAllBytes(adapter.resolve(AdapterFolder.CONFIG));
    model = Files.readAllBytes(adapter.resolve(AdapterFolder.MODEL));
    values = JsonFile.read(adapter.resolve(AdapterFolder.CONFIG)).values();
  }

  @AfterContainer
  static void cleanUp() throws IOException {
    MoreFiles.deleteRecursively(root, RecursiveDeleteOption.ALLOW_INSECURE);
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  void bytesOfTheConfiguration(@ForAll long seed) throws IOException {
    for (int i = 0; i < EACH; i++) {
      check(Mutations.bytes(config, new Random(seed + i)), model);
    }
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  void valuesOfTheConfiguration(@ForAll long seed) throws IOException {
    for (int i = 0; i < EACH; i++) {
      check(JsonFile.bytes(Mutations.values(values, new Random(seed + i))), model);
    }
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  void bytesOfTheTensors(@ForAll long seed) throws IOException {
    for (int i = 0; i < EACH; i++) {
      check(config, Mutations.bytes(model, new Random(seed + i)));
    }
  }

  /**
   * Names and shapes stand in the header: damage there passes the checks of the format more often.
   */
  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  void lettersOfTheNamesOfTensors(@ForAll long seed) throws IOException {
    for (int i = 0; i < EACH; i++) {
      Random random = new Random(seed + i);
      byte[] bytes = model.clone();
      int header = bytes[0] & 0xff | (bytes[1] & 0xff) << 8 | (bytes[2] & 0xff) << 16;
      for (int edit = 0; edit < 2; edit++) {
        int at = 8 + random.nextInt(header);
        if (Character.isLetterOrDigit(bytes[at])) {
          bytes[at] = (byte) "abAB0.9_lr".charAt(random.nextInt(10));
        }
      }
      check(config, bytes);
    }
  }

  private static void check(byte[] configuration, byte[] tensors) throws IOException {
    Files.write(adapter.resolve(AdapterFolder.CONFIG), configuration);
    Files.write(adapter.resolve(AdapterFolder.MODEL), tensors);
    try {
      AdapterFolder.open(adapter).read(backbone).adapter().on(backbone, Models.TASKS);
    } catch (InputException e) {
      assertFalse(e.getMessage().isBlank());
    }
    try (Stream<Path> files = Files.walk(root)) {
      assertEquals(
          List.of(AdapterFolder.CARD, AdapterFolder.CONFIG, AdapterFolder.MODEL),
          files
              .filter(Files::isRegularFile)
              .map(f -> adapter.relativize(f).toString())
              .sorted()
              .toList());
    }
  }
}
