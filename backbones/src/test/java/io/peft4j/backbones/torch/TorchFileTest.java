package io.peft4j.backbones.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.primitives.ImmutableLongArray;
import io.peft4j.api.InputException;
import io.peft4j.api.Shape;
import io.peft4j.backbones.build.Golden;
import io.peft4j.backbones.files.CheckpointFiles;
import io.peft4j.backbones.safetensors.TensorType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a hostile or a damaged file can say is refused before it costs memory. */
class TorchFileTest {
  /** A storage of 8 floats, named by a persistent id. */
  private static final String STORAGE =
      "(X\\x07\\x00\\x00\\x00storagectorch\nFloatStorage\nX\\x01\\x00\\x00\\x000"
          + "X\\x03\\x00\\x00\\x00cpuK\\x08NtQ";

  @TempDir Path folder;

  private String refused(Path file) {
    InputException e = assertThrows(InputException.class, () -> CheckpointFiles.open(file));
    assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
    return e.getMessage();
  }

  private void refused(String pickle, String part) throws IOException {
    String message = refused(Pickles.write(folder.resolve("f.pth"), Pickles.bytes(pickle)));
    assertTrue(message.contains(part), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "os        | system",
        "builtins  | eval",
        "builtins  | set",
        "torch     | FloatTensor",
        "torch.jit | load",
        "numpy.core.multiarray | _reconstruct",
      })
  void anyOtherClassIsRefusedByItsName(String module, String name) throws IOException {
    String named = "holds a '" + module + "." + name + "'";
    refused("c" + module + "\n" + name + "\n)R", named);
    // The same by the instruction of protocol 4.
    refused(
        "\\x8c\\x%02x%s\\x8c\\x%02x%s\\x93)R"
            .formatted(module.length(), module, name.length(), name),
        named);
  }

  /** Names are shown, but cannot make a message of several lines or of megabytes. */
  @Test
  void aNameOutOfAFileIsShownSafely() throws IOException {
    String message =
        refused(
            Pickles.write(
                folder.resolve("f.pth"),
                Pickles.bytes("c" + "m".repeat(100_000) + "\r\u001b[2J\nx\n")));
    assertTrue(message.length() < 600 && message.lines().count() == 1, message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ios\nsystem\n", // INST
        "(cos\nsystem\no", // OBJ
        "\\x8f", // EMPTY_SET
        "(\\x91", // FROZENSET
        "\\x82\\x01", // EXT1
        "\\x8b\\xff\\xff\\xff\\x7f", // LONG4
        "\\x8d\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x7f", // BINUNICODE8
        "\\x96\\xff\\xff\\xff\\xff\\x00\\x00\\x00\\x00", // BYTEARRAY8
        "P1\n", // PERSID
        "(d", // DICT
      })
  void otherInstructionsAreRefused(String pickle) throws IOException {
    refused(pickle, "");
  }

  @ParameterizedTest
  @CsvSource({
    // A string and bytes of 2 GB that do not follow.
    "X\\xff\\xff\\xff\\x7f, 2147483647 bytes are announced",
    "B\\xff\\xff\\xff\\x7f, 2147483647 bytes are announced",
    "T\\xff\\xff\\xff\\xff, 4294967295 bytes are announced",
    "\\x8a\\xff, 255 bytes are announced",
    // A dictionary's keys would be hashed: a list that holds itself, for ever.
    "}]q\\x00h\\x00aNs, neither a string nor a number",
    "}(q\\x01h\\x01NK\\x01u, damaged",
    "h\\x07, damaged",
    "0, damaged",
    "t, damaged",
    "K\\x01R, damaged",
  })
  void claimsAndContradictionsAreRefused(String pickle, String part) throws IOException {
    refused(pickle, part);
  }

  @Test
  void withoutTensorsThereAreNoWeights() throws IOException {
    refused("ctorch\nSize\nK\\x01R", "damaged");
    refused("K\\x01", "no dictionary");
    refused("]q\\x00h\\x00a", "no dictionary");
    refused("}", "its keys are none");
    refused("}X\\x05\\x00\\x00\\x00epochK\\x01s", "its keys are epoch");
    // A dictionary that is its own model.
    refused("}q\\x00X\\x05\\x00\\x00\\x00modelh\\x00s", "dictionaries in each other");
  }

  /** A tensor by its storage, offset, sizes and strides; each is a number below 128. */
  private static String tensor(String offset, String sizes, String strides) {
    return "}X\\x01\\x00\\x00\\x00actorch._utils\n_rebuild_tensor_v2\n("
        + STORAGE
        + offset
        + sizes
        + strides
        + "\\x89NtRs";
  }

  @Test
  void aTensorMustLieInsideItsStorage() throws IOException {
    refused(tensor("K\\x01", "K\\x08\\x85", "K\\x01\\x85"), "beyond the storage's 8 elements");
    refused(tensor("K\\x00", "K\\x09\\x85", "K\\x00\\x85"), "repeats the storage's 8 elements");
    refused(tensor("K\\x00", "K\\x02\\x85", "K\\x08\\x85"), "beyond the storage's 8 elements");
    refused(tensor("K\\x00", "K\\x02\\x85", ")"), "does not go with strides");
    refused(tensor("J\\xff\\xff\\xff\\xff", "K\\x02\\x85", "K\\x01\\x85"), "negative");
    refused(
        tensor("K\\x00", "J\\xff\\xff\\xff\\x7fq\\x05h\\x05h\\x05\\x87", "K\\x00K\\x00K\\x00\\x87"),
        "too large");
    // Well-formed, but the file lists no storage.
    refused(tensor("K\\x00", "K\\x08\\x85", "K\\x01\\x85"), "storage '0' is missing");
  }

  @Test
  void aViewKnowsItsPlaces() {
    StorageRef storage = StorageRef.whole("0", TensorType.F32, 12);
    TensorView rows = view(storage, 2, Shape.of(2, 1, 5), 5, 77, 1);
    assertTrue(rows.isRowMajor(), "the stride of a dimension of one does not matter");
    assertEquals(8, rows.firstByte());
    TensorView turned = view(storage, 0, Shape.of(4, 3), 1, 4);
    assertTrue(!turned.isRowMajor());
    Odometer odometer = new Odometer(turned);
    for (long expected : new long[] {0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11}) {
      assertEquals(expected, odometer.next());
    }
    assertEquals(0, view(storage, 12, Shape.of(0, 3), 3, 1).span());
  }

  private static TensorView view(StorageRef storage, long offset, Shape shape, long... strides) {
    return new TensorView(storage, offset, shape, ImmutableLongArray.copyOf(strides));
  }

  /** Compressed entries could claim any size; PyTorch writes none. */
  @Test
  void aCompressedArchiveIsRefused() throws IOException {
    Path file = rezipped(name -> true, name -> name);
    assertTrue(refused(file).contains("data.pkl' is compressed"), refused(file));
    Path storage = rezipped(name -> name.endsWith("/data/0"), name -> name);
    assertTrue(refused(storage).contains("data/0' is compressed"), refused(storage));
  }

  @Test
  void aZipThatIsNoCheckpointIsRefused() throws IOException {
    Path renamed = rezipped(name -> false, name -> name.replace("data.pkl", "x.pkl"));
    assertTrue(refused(renamed).contains("not one of torch.save"), refused(renamed));
    Path without = rezipped(name -> false, name -> name.replace("/data/0", "/data/zero"));
    assertTrue(refused(without).contains("has no entry"), refused(without));
  }

  private Path rezipped(Predicate<String> compressed, UnaryOperator<String> name)
      throws IOException {
    Path file = folder.resolve("z.pth");
    try (ZipFile from = new ZipFile(Golden.file("torch_cases_zip.pth").toFile());
        ZipOutputStream to = new ZipOutputStream(Files.newOutputStream(file))) {
      for (ZipEntry old : from.stream().toList()) {
        byte[] bytes;
        try (InputStream stream = from.getInputStream(old)) {
          bytes = stream.readAllBytes();
        }
        ZipEntry entry = new ZipEntry(name.apply(old.getName()));
        if (!compressed.test(old.getName())) {
          CRC32 crc = new CRC32();
          crc.update(bytes);
          entry.setMethod(ZipEntry.STORED);
          entry.setSize(bytes.length);
          entry.setCrc(crc.getValue());
        }
        to.putNextEntry(entry);
        to.write(bytes);
        to.closeEntry();
      }
    }
    return file;
  }

  /** Every length: cut in the pickle, in the elements, in the archive's directory. */
  @ParameterizedTest
  @ValueSource(strings = {"torch_cases_zip.pth", "torch_cases_stream.pth", "torch_swin_tar.pth"})
  void aTruncatedFileIsRefused(String name) throws IOException {
    byte[] whole = Files.readAllBytes(Golden.file(name));
    Path file = folder.resolve("cut.pth");
    // A tar archive ends with blocks of zeros that nobody needs.
    int end = name.contains("tar") ? whole.length - 20_000 : whole.length;
    for (int length = 0; length < end; length += Math.max(1, whole.length / 97)) {
      Files.write(file, Arrays.copyOf(whole, length));
      refused(file);
    }
  }
}
