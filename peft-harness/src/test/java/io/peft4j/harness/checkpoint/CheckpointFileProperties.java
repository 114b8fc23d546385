package io.peft4j.harness.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.hash.Hashing;
import com.google.common.primitives.Bytes;
import io.peft4j.api.InputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Whatever is in a file, reading it gives a checkpoint or an error of ours, and nothing else. */
class CheckpointFileProperties {
  private static byte[] whole;
  private static Path file;

  @BeforeContainer
  static void write() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CheckpointFile.content(CheckpointFolderTest.checkpoint(5)).writeTo(Channels.newChannel(bytes));
    whole = bytes.toByteArray();
    file = Files.createTempFile("checkpoint", ".safetensors");
  }

  @AfterContainer
  static void delete() throws IOException {
    Files.delete(file);
  }

  /** A change of the bytes from {@code at} on. */
  record Edit(int at, int remove, byte[] insert) {
    byte[] of(byte[] bytes) {
      int from = Math.min(at, bytes.length);
      int to = Math.min(from + remove, bytes.length);
      return Bytes.concat(
          Arrays.copyOf(bytes, from), insert, Arrays.copyOfRange(bytes, to, bytes.length));
    }
  }

  @Provide
  static Arbitrary<Edit> edits() {
    Arbitrary<byte[]> noise = Arbitraries.bytes().array(byte[].class).ofMaxSize(12);
    Arbitrary<byte[]> words =
        Arbitraries.of("\"", "{", "}", ",", ":", "-1", "1e9", "null", "[]", "F64", "step", "run")
            .map(w -> w.getBytes(StandardCharsets.UTF_8));
    return Combinators.combine(
            Arbitraries.integers().between(0, whole.length),
            Arbitraries.integers().between(0, 12),
            Arbitraries.oneOf(noise, words))
        .as(Edit::new);
  }

  @Property(tries = 500)
  void alteredBytesAreRefused(@ForAll("edits") Edit edit) throws IOException {
    byte[] bytes = edit.of(whole);
    assertEquals(Arrays.equals(bytes, whole), isReadable(bytes));
  }

  /** With the right checksum of the wrong bytes, so that everything behind it is reached too. */
  @Property(tries = 500)
  void sealedNonsenseIsRefusedOrReadable(@ForAll("edits") Edit edit) throws IOException {
    isReadable(sealed(edit.of(whole)));
  }

  private static byte[] sealed(byte[] bytes) {
    byte[] key = "\"sha256\":\"".getBytes(StandardCharsets.UTF_8);
    int at = Bytes.indexOf(bytes, key);
    int digits = at + key.length;
    if (at >= 0 && digits + 64 <= bytes.length) {
      Arrays.fill(bytes, digits, digits + 64, (byte) '0');
      byte[] hash = Hashing.sha256().hashBytes(bytes).toString().getBytes(StandardCharsets.UTF_8);
      System.arraycopy(hash, 0, bytes, digits, hash.length);
    }
    return bytes;
  }

  private static boolean isReadable(byte[] bytes) throws IOException {
    Files.write(file, bytes);
    try {
      CheckpointFile.read(file);
      return true;
    } catch (InputException e) {
      return false;
    } catch (UncheckedIOException e) {
      throw new AssertionError("a file that can be read is no failing disk", e);
    }
  }
}
