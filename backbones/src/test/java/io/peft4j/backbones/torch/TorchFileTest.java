package io.peft4j.backbones.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.primitives.ImmutableLongArray;
import io.peft4j.api.InputException;
import io.peft4j.api.Shape;
import io.peft4j.backbones.build.Golden;
import io.peft4j.backbones.checkpoint.Checkpoint;
import io.peft4j.backbones.files.CheckpointFiles;
import io.peft4j.backbones.safetensors.TensorType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
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

  /** Objects of any class, made and filled in any way, beside {@code model}, which is read. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "cbuiltins\nset\n(]K\\x01atR", // a set of protocol 2: called with a list
        "\\x8f(K\\x01K\\x02\\x90", // EMPTY_SET, ADDITEMS
        "(K\\x01\\x91", // FROZENSET
        "ccollections\ndeque\n)R(K\\x01K\\x02e", // deque, APPENDS
        "ccollections\nCounter\n}X\\x01\\x00\\x00\\x00aK\\x02s\\x85R",
        "cdatetime\ndatetime\nC\\x02ab\\x85R",
        "cpathlib\nPosixPath\n(X\\x01\\x00\\x00\\x00/tR",
        "cnumpy.core.multiarray\nscalar\nN\\x85R",
        "ctorch\nfloat32\n",
        "ctorch\ndevice\nX\\x03\\x00\\x00\\x00cpu\\x85R",
        "cos\nsystem\nX\\x04\\x00\\x00\\x00true\\x85R",
        "ios\nsystem\n", // INST, behind the mark of the dictionary's items
        "(cos\nsystem\nX\\x04\\x00\\x00\\x00trueo", // OBJ
        "ca\nB\n)}\\x92", // NEWOBJ_EX
        "ca\nB\n)\\x81}X\\x01\\x00\\x00\\x00aK\\x02sb", // NEWOBJ, BUILD
        "\\x82\\x01", // EXT1
        "\\x83\\x01\\x01", // EXT2
        "\\x84\\x01\\x00\\x00\\x00", // EXT4
        "P1\n", // PERSID
        "X\\x01\\x00\\x00\\x00aQ", // BINPERSID of no storage
        "\\x96\\x02\\x00\\x00\\x00\\x00\\x00\\x00\\x00ab", // BYTEARRAY8
        "\\x8b\\x02\\x00\\x00\\x00ab", // LONG4
        "}(K\\x01K\\x02\\x86NNNu", // a dictionary with a tuple and None as keys
        "(X\\x01\\x00\\x00\\x00aK\\x01d", // DICT
        "(I1\nL2L\nF3.5\nS'a'\nVb\nl", // protocol 0: LIST of INT, LONG, FLOAT, STRING, UNICODE
      })
  void whatStandsBesideWeightsIsNotRun(String beside) throws IOException {
    Path file =
        Pickles.writeWithStorage(
            folder.resolve("f.pth"),
            Pickles.bytes(
                "}("
                    + "X\\x06\\x00\\x00\\x00config"
                    // A mark of its own, which INST takes.
                    + (beside.startsWith("i") ? "(" + beside : beside)
                    + "X\\x05\\x00\\x00\\x00model"
                    + tensor("K\\x00", "K\\x08\\x85", "K\\x01\\x85")
                    + "u"));
    Checkpoint checkpoint = CheckpointFiles.open(file);
    assertEquals(Set.of("a"), checkpoint.entries().keySet());
    assertEquals(
        List.of("weights taken from under 'model'", "not read, since no weights: config"),
        checkpoint.remarks());
  }

  /** A score beside the weights is no reason to take it for the weights. */
  @Test
  void aTensorBesideTheWeightsIsNotTakenForThem() throws IOException {
    String score = tensor("K\\x00", "K\\x08\\x85", "K\\x01\\x85");
    Path file =
        Pickles.writeWithStorage(
            folder.resolve("f.pth"),
            Pickles.bytes(
                score
                    + "X\\x05\\x00\\x00\\x00model"
                    + score.replace("\\x00actorch", "\\x00bctorch")
                    + "s"));
    assertEquals(Set.of("b"), CheckpointFiles.open(file).entries().keySet());
  }

  /** Types that are not read matter in a weight alone. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "torch|ComplexFloatStorage|_rebuild_tensor_v2|K\\x00K\\x08\\x85K\\x01\\x85\\x89Nt|torch.ComplexFloatStorage",
        "torch|QInt8Storage|_rebuild_qtensor|K\\x00K\\x08\\x85K\\x01\\x85N\\x89Nt|torch._utils._rebuild_qtensor",
        "torch.storage|UntypedStorage|_rebuild_tensor_v3|K\\x00K\\x08\\x85K\\x01\\x85\\x89Nctorch~float8_e4m3fn~t|torch.float8_e4m3fn",
      })
  void aWeightOfATypeThatIsNotReadIsNamed(
      String module, String storage, String rebuild, String rest, String named) throws IOException {
    String weight =
        "}X\\x01\\x00\\x00\\x00actorch._utils\n%s\n((X\\x07\\x00\\x00\\x00storagec%s\n%s\nX\\x01\\x00\\x00\\x000X\\x03\\x00\\x00\\x00cpuK\\x08tQ%sRs"
            .formatted(rebuild, module, storage, rest.replace("~", "\n"));
    refused(weight, "tensor 'a': holds a '" + named + "'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\\x8b\\xff\\xff\\xff\\x7f", // LONG4
        "\\x8d\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x7f", // BINUNICODE8
        "\\x8e\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff", // BINBYTES8
        "\\x96\\xff\\xff\\xff\\xff\\x00\\x00\\x00\\x00", // BYTEARRAY8
        "\\x97", // NEXT_BUFFER
        "\\x98", // READONLY_BUFFER
        "\\xff",
        "}\\x90", // ADDITEMS to no set
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
    "}]q\\x00h\\x00aNs, its keys are key",
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
    refused("}q\\x00X\\x05\\x00\\x00\\x00modelh\\x00s", "its keys are model");
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

  @Test
  void anArchiveAroundACheckpointIsSaid() throws IOException {
    Path nested = rezipped(name -> false, name -> "run/" + name.replace("data.pkl", "last.pth"));
    assertTrue(refused(nested).contains("last.pth' inside"), refused(nested));
    // The folder of the weights leads out of the archive.
    Path upwards = rezipped(name -> false, name -> name.replaceFirst("^[^/]+", ".."));
    assertTrue(refused(upwards).contains("not one of torch.save"), refused(upwards));
  }

  @Test
  void anEncryptedArchiveIsRefused() throws IOException {
    Path file = rezipped(name -> false, name -> name);
    byte[] bytes = Files.readAllBytes(file);
    for (int i = 0; i + 10 < bytes.length; i++) {
      // Flags of entries in the archive's directory; the lowest bit says encrypted.
      if (bytes[i] == 'P' && bytes[i + 1] == 'K' && bytes[i + 2] == 1 && bytes[i + 3] == 2) {
        bytes[i + 8] |= 1;
      }
    }
    Files.write(file, bytes);
    assertTrue(refused(file).contains("encrypted"), refused(file));
  }

  @Test
  void anArchiveOfTooManyEntriesIsRefused() throws IOException {
    Path file = folder.resolve("many.pth");
    try (ZipOutputStream to = new ZipOutputStream(Files.newOutputStream(file))) {
      for (int i = 0; i <= 20_000; i++) {
        ZipEntry entry = new ZipEntry("a/data/" + i);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(0);
        entry.setCrc(0);
        to.putNextEntry(entry);
      }
    }
    String message = refused(file);
    assertTrue(message.contains("20001 entries"), message);
  }

  /** Keys by the million are instructions by the million. */
  @Test
  void aStateDictOfMillionsOfKeysIsRefused() throws IOException {
    ByteArrayOutputStream pickle = new ByteArrayOutputStream();
    pickle.writeBytes(Pickles.bytes("}("));
    byte[] entry = Pickles.bytes("U\\x01aK\\x01");
    for (int i = 0; i < 2_100_000; i++) {
      pickle.writeBytes(entry);
    }
    pickle.write('u');
    String message = refused(Pickles.write(folder.resolve("f.pth"), pickle.toByteArray()));
    assertTrue(message.contains("more than 4000000 instructions"), message);
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
