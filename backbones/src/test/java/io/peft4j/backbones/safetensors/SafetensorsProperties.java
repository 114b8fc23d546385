package io.peft4j.backbones.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.bytedeco.javacpp.BytePointer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Laws: what is written is read back to the bit, and equal tensors make equal files. */
class SafetensorsProperties {
  private static Path folder;

  @BeforeContainer
  static void makeFolder() throws IOException {
    folder = Files.createTempDirectory("safetensors");
  }

  @AfterContainer
  static void removeFolder() throws IOException {
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  /** One tensor to be: its type, its shape (rank 0 to 4, sizes 0 to 5) and a seed for its bits. */
  record Spec(TensorType type, List<Integer> shape, long seed) {
    INDArray array() {
      long[] dims = shape.stream().mapToLong(i -> i).toArray();
      if (shape.contains(0)) {
        return Nd4j.create(type.dataType(), dims);
      }
      INDArray array = Nd4j.createUninitialized(type.dataType(), dims);
      byte[] bits = new byte[Math.toIntExact(array.length() * type.bytes())];
      new Random(seed).nextBytes(bits);
      if (type == TensorType.BOOL) {
        for (int i = 0; i < bits.length; i++) {
          bits[i] &= 1;
        }
      }
      new BytePointer(array.data().addressPointer()).put(bits, 0, bits.length);
      return array;
    }
  }

  @Provide
  Arbitrary<Map<String, Spec>> files() {
    Arbitrary<Spec> spec =
        Combinators.combine(
                Arbitraries.of(TensorType.class),
                Arbitraries.integers().between(0, 5).list().ofMaxSize(4),
                Arbitraries.longs())
            .as(Spec::new);
    Arbitrary<String> name =
        Arbitraries.strings().withChars("ab.\"\\é漢 0").ofMinLength(1).ofMaxLength(8);
    return Arbitraries.maps(name, spec).ofMaxSize(6);
  }

  @Property(tries = 60)
  void aFileReadsBackToTheBit(@ForAll("files") Map<String, Spec> specs) throws IOException {
    Map<String, INDArray> tensors = arrays(specs);
    Map<String, String> metadata = Map.of("format", "nd4j", "quote\"", "line\nbreak é");
    Path path = folder.resolve("a.safetensors");
    Safetensors.write(path, tensors, metadata);

    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertEquals(metadata, file.metadata());
      assertSame(tensors, file.readAll());
    }
    try (InputStream stream = Files.newInputStream(path)) {
      assertSame(tensors, Safetensors.read(stream, "stream"));
    }
  }

  @Property(tries = 30)
  void theBytesDependOnTheTensorsAlone(@ForAll("files") Map<String, Spec> specs)
      throws IOException {
    Path first = folder.resolve("first.safetensors");
    Path second = folder.resolve("second.safetensors");
    Safetensors.write(first, arrays(specs), Map.of());
    Map<String, INDArray> reordered = new TreeMap<>(Comparator.reverseOrder());
    reordered.putAll(arrays(specs));
    Safetensors.write(second, reordered, Map.of());
    assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
  }

  @Property(tries = 30)
  void everyTensorStartsAtAMultipleOfItsElement(@ForAll("files") Map<String, Spec> specs)
      throws IOException {
    Path path = folder.resolve("aligned.safetensors");
    Safetensors.write(path, arrays(specs), Map.of());
    long header =
        ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    assertEquals(0, header % 8, "the data starts at a multiple of 8");
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      for (TensorInfo info : file.tensors()) {
        assertEquals(0, info.begin() % info.type().bytes(), info.toString());
      }
    }
  }

  private static Map<String, INDArray> arrays(Map<String, Spec> specs) {
    Map<String, INDArray> result = new HashMap<>();
    specs.forEach((name, spec) -> result.put(name, spec.array()));
    return result;
  }

  private static void assertSame(Map<String, INDArray> expected, Map<String, INDArray> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach(
        (name, array) -> {
          INDArray read = actual.get(name);
          assertEquals(array.dataType(), read.dataType(), name);
          assertArrayEquals(array.shape(), read.shape(), name);
          assertArrayEquals(bits(array), bits(read), name);
        });
  }

  /** The bytes of an array: values would not tell one NaN from another. */
  static byte[] bits(INDArray array) {
    if (array.isEmpty()) {
      return new byte[0];
    }
    byte[] bits = new byte[Math.toIntExact(array.length() * array.dataType().width())];
    new BytePointer(array.data().addressPointer()).get(bits);
    return bits;
  }
}
