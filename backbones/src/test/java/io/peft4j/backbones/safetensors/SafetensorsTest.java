package io.peft4j.backbones.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.Shape;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** What a wrong file, a wrong request and a failed write get. */
class SafetensorsTest {
  @TempDir Path folder;

  /** Each damaged header, and what the message must name besides the file. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}|8|not valid JSON",
        "['a']|0|not a JSON object",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}x|8|not valid JSON",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},"
            + "'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}|8|Duplicate field 'a'",
        "{'a':{'dtype':'F33','shape':[2],'data_offsets':[0,8]}}|8|tensor 'a': unknown dtype 'F33';"
            + " did you mean F32?",
        "{'a':{'shape':[2],'data_offsets':[0,8]}}|8|tensor 'a': dtype is missing",
        "{'a':{'dtype':'F32','shape':[-2],'data_offsets':[0,8]}}|8|tensor 'a': shape holds -2",
        "{'a':{'dtype':'F32','shape':[2.5],'data_offsets':[0,8]}}|8|tensor 'a': shape holds 2.5",
        "{'a':{'dtype':'F32','shape':2,'data_offsets':[0,8]}}|8|tensor 'a': shape is missing or not"
            + " a list",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0]}}|8|tensor 'a': data_offsets has 1"
            + " numbers",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}}|8|data_offsets [8, 0] are no range",
        "{'a':{'dtype':'F32','shape':[3],'data_offsets':[0,8]}}|8|hold 8 bytes, but F32[3] takes"
            + " 12",
        "{'a':{'dtype':'F32','shape':[4611686018427387904],'data_offsets':[0,8]}}|8|more than 2^63"
            + " bytes",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,99999999999999999999]}}|8|data_offsets"
            + " holds 99999999999999999999",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'b':{'dtype':'F32','shape':[2],'data_offsets':[4,12]}}|12|tensor"
            + " 'b' begins at byte 4, but tensor 'a' ends at 8: they overlap",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'b':{'dtype':'F32','shape':[1],'data_offsets':[12,16]}}|16|tensor"
            + " 'b' begins at byte 12, but tensor 'a' ends at 8: there is a hole",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[4,12]}}|12|but the header ends at 0: there"
            + " is a hole",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}|7|tensor 'a' takes bytes 0 to 8,"
            + " but only 7",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}|9|1 bytes follow the last tensor:"
            + " there is a hole",
        "{'a':{'dtype':'F32','shape':[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],'data_offsets':[0,4]}}|4|tensor"
            + " 'a': 33 dimensions",
        "{'__metadata__':{'k':1}}|0|__metadata__ 'k' is 1, but only strings",
        "{'__metadata__':'x'}|0|__metadata__ is not a JSON object",
      })
  void aDamagedHeaderIsNamed(String header, int dataBytes, String expected) throws IOException {
    Path path = file(header.replace('\'', '"'), dataBytes);
    InputException e = assertThrows(InputException.class, () -> SafetensorsFile.open(path));
    assertNames(e, path.toString(), expected);

    // The same bytes as a stream: an error too, that names the stream.
    byte[] bytes = Files.readAllBytes(path);
    InputException s =
        assertThrows(
            InputException.class,
            () -> Safetensors.read(new ByteArrayInputStream(bytes), "resource"));
    assertTrue(s.getMessage().startsWith("resource: "), s.getMessage());
  }

  @Test
  void aHeaderLargerThanAllowedOrThanTheFileIsRefusedUnread() throws IOException {
    Path huge = folder.resolve("huge");
    Files.write(huge, prefix(100_000_001));
    assertNames(
        assertThrows(InputException.class, () -> SafetensorsFile.open(huge)),
        huge.toString(),
        "claims 100000001 bytes, more than the 100000000 allowed");

    Path negative = folder.resolve("negative");
    Files.write(negative, prefix(-1));
    assertNames(
        assertThrows(InputException.class, () -> SafetensorsFile.open(negative)),
        "18446744073709551615");

    Path shorter = folder.resolve("shorter");
    Files.write(shorter, prefix(1000));
    assertNames(
        assertThrows(InputException.class, () -> SafetensorsFile.open(shorter)),
        "truncated: the header claims 1000 bytes, but only 0 follow");
    assertThrows(
        InputException.class,
        () -> Safetensors.read(new ByteArrayInputStream(prefix(1000)), "resource"));

    Path tiny = folder.resolve("tiny");
    Files.write(tiny, new byte[] {1, 2, 3});
    assertNames(
        assertThrows(InputException.class, () -> SafetensorsFile.open(tiny)),
        "3 bytes are too few");
  }

  @Test
  void textThatIsNotUtf8IsRefused() throws IOException {
    Path path = folder.resolve("latin");
    byte[] json = "{\"\u00e9\":1}".getBytes(StandardCharsets.ISO_8859_1);
    Files.write(path, concat(prefix(json.length), json));
    assertNames(assertThrows(InputException.class, () -> SafetensorsFile.open(path)), "not UTF-8");
  }

  @Test
  void aMissingFileAndAFolderAreNamed() {
    Path missing = folder.resolve("missing.safetensors");
    assertNames(
        assertThrows(InputException.class, () -> SafetensorsFile.open(missing)),
        missing + ": no such file");
    assertNames(assertThrows(InputException.class, () -> Safetensors.read(folder)), "is a folder");
  }

  @Test
  void aRequestForTheWrongThingSaysWhatIsThere() {
    Path path = folder.resolve("a.safetensors");
    Safetensors.write(path, Map.of("attn.qkv.weight", Nd4j.ones(DataType.FLOAT, 2, 3)), Map.of());
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertNames(
          assertThrows(InputException.class, () -> file.read("attn.qkv.weigth")),
          path.toString(),
          "no tensor 'attn.qkv.weigth'; did you mean 'attn.qkv.weight'?");
      assertNames(
          assertThrows(InputException.class, () -> file.read("zzzz")),
          "it holds 1, such as attn.qkv.weight");
      assertNames(
          assertThrows(InputException.class, () -> file.read("attn.qkv.weight", Shape.of(3, 2))),
          "tensor 'attn.qkv.weight' has shape [2, 3], but [3, 2] is needed");
      assertNames(
          assertThrows(
              InputException.class,
              () -> file.read("attn.qkv.weight", DataType.DOUBLE, Shape.of(2, 3))),
          "has dtype F32, but F64 is needed");
      assertEquals(
          Nd4j.ones(DataType.FLOAT, 2, 3),
          file.read("attn.qkv.weight", DataType.FLOAT, Shape.of(2, 3)));
    }
  }

  @Test
  void aByteThatIsNoBooleanIsRefused() throws IOException {
    Path path = file("{\"m\":{\"dtype\":\"BOOL\",\"shape\":[4],\"data_offsets\":[0,4]}}", 0);
    Files.write(path, new byte[] {0, 1, 1, 7}, StandardOpenOption.APPEND);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertNames(assertThrows(InputException.class, () -> file.read("m")), "tensor 'm'", "byte 7");
    }
  }

  @Test
  void viewsAndColumnMajorArraysAreWrittenInRowOrder() {
    INDArray base = Nd4j.arange(24).castTo(DataType.FLOAT).reshape(4, 6);
    Map<String, INDArray> tensors =
        Map.of(
            "transposed", base.transpose(),
            "rows", base.get(NDArrayIndex.interval(1, 3), NDArrayIndex.all()),
            "columns", base.get(NDArrayIndex.all(), NDArrayIndex.interval(0, 2, 6)),
            "fortran", base.dup('f'),
            "row", base.getRow(0));
    Path path = folder.resolve("views.safetensors");
    Safetensors.write(path, tensors, Map.of());
    assertEquals(tensors, Safetensors.read(path));
  }

  /** Offsets above 2 GB: the file is sparse, so it takes no disk. */
  @Test
  void aTensorBeyondTwoGigabytesIsReadByPosition() throws IOException {
    long far = 3_000_000_000L;
    byte[] json =
        ("{\"big\":{\"dtype\":\"U8\",\"shape\":[%d],\"data_offsets\":[0,%d]},"
                + "\"far\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%d,%d]}}")
            .formatted(far, far, far, far + 8)
            .getBytes(StandardCharsets.UTF_8);
    Path path = folder.resolve("sparse.safetensors");
    try (FileChannel channel =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.SPARSE,
            StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(concat(prefix(json.length), json)));
      ByteBuffer values = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      values.putFloat(1.5f).putFloat(-2f).flip();
      channel.write(values, 8 + json.length + far);
    }
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertEquals(far, file.info("big").bytes());
      assertEquals(Nd4j.createFromArray(1.5f, -2f), file.read("far"));
    }
  }

  @Test
  void aWriteThatFailsLeavesTheOldFileAndNothingElse() throws IOException {
    Path path = folder.resolve("kept.safetensors");
    Safetensors.write(path, Map.of("a", Nd4j.ones(DataType.FLOAT, 2)), Map.of());
    byte[] before = Files.readAllBytes(path);

    INDArray closed = Nd4j.ones(DataType.FLOAT, 3);
    Map<String, INDArray> failsMidway =
        Map.of("a", Nd4j.zeros(DataType.DOUBLE, 5), "closed", closed);
    closed.close();
    assertThrows(RuntimeException.class, () -> Safetensors.write(path, failsMidway, Map.of()));
    assertThrows(
        InputException.class,
        () -> Safetensors.write(path, Map.of("__metadata__", Nd4j.scalar(1f)), Map.of()));
    assertThrows(
        InputException.class,
        () -> Safetensors.write(path, Map.of("e", Nd4j.empty(DataType.FLOAT)), Map.of()));
    assertNames(
        assertThrows(
            InputException.class,
            () -> Safetensors.write(path, Map.of("s", Nd4j.create("text")), Map.of())),
        "tensor 's'",
        "UTF8");

    assertArrayEquals(before, Files.readAllBytes(path));
    assertEquals(List.of(path), list());
  }

  @Test
  void aTargetThatCannotBeWrittenIsNamed() throws IOException {
    Map<String, INDArray> tensors = Map.of("a", Nd4j.scalar(1f));
    Path nowhere = folder.resolve("no/such/a.safetensors");
    assertNames(
        assertThrows(InputException.class, () -> Safetensors.write(nowhere, tensors, Map.of())),
        "folder " + nowhere.getParent() + " does not exist");
    assertNames(
        assertThrows(InputException.class, () -> Safetensors.write(folder, tensors, Map.of())),
        "is a folder");
    // A name longer than any file system takes: the disk refuses, as it would when full.
    Path tooLong = folder.resolve("x".repeat(300));
    assertNames(
        assertThrows(
            UncheckedIOException.class, () -> Safetensors.write(tooLong, tensors, Map.of())),
        "cannot write " + tooLong);
    assertEquals(List.of(), list());
  }

  private List<Path> list() throws IOException {
    try (var files = Files.list(folder)) {
      return files.toList();
    }
  }

  private Path file(String header, int dataBytes) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    Path path = folder.resolve("bad.safetensors");
    return Files.write(path, concat(prefix(json.length), json, new byte[dataBytes]));
  }

  private static byte[] prefix(long length) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();
  }

  private static byte[] concat(byte[]... parts) {
    ByteBuffer all = ByteBuffer.allocate(Arrays.stream(parts).mapToInt(p -> p.length).sum());
    for (byte[] part : parts) {
      all.put(part);
    }
    return all.array();
  }

  private static void assertNames(Exception e, String... parts) {
    for (String part : parts) {
      assertTrue(e.getMessage().contains(part), () -> e.getMessage() + "\nlacks: " + part);
    }
  }
}
