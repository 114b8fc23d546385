package io.peft4j.harness.checkpoint;

import com.google.common.base.Strings;
import com.google.common.collect.ImmutableMap;
import com.google.common.hash.HashFunction;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.common.primitives.Bytes;
import com.google.common.primitives.Longs;
import io.peft4j.api.InputException;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.backbones.safetensors.SafetensorsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A checkpoint as a safetensors file. Its metadata hold the document, and the SHA-256 of the whole
 * file with zeros in place of these digits: no byte can change, and none be missing, without being
 * noticed.
 */
final class CheckpointFile {
  private static final String FORMAT = "format";
  private static final String OURS = "peft4j-checkpoint";
  private static final String VERSION = "version";
  private static final String CURRENT = "1";
  private static final String STEP = "step";
  private static final String DOCUMENT = "run";
  private static final String CHECKSUM = "sha256";

  private static final HashFunction HASH = Hashing.sha256();
  private static final int DIGITS = HASH.bits() / 4;
  private static final String UNKNOWN_YET = Strings.repeat("0", DIGITS);
  private static final Pattern HEXADECIMAL = Pattern.compile("[0-9a-f]{" + DIGITS + "}");
  private static final int WINDOW = 1 << 20;

  private CheckpointFile() {}

  /** The bytes of the file; arrays are read twice and never copied. */
  static AtomicWriter.Content content(Checkpoint checkpoint) {
    return channel -> {
      Hasher hasher = HASH.newHasher();
      write(checkpoint, UNKNOWN_YET, new Sink(hasher));
      write(checkpoint, hasher.hash().toString(), channel);
    };
  }

  private static void write(Checkpoint checkpoint, String checksum, WritableByteChannel to)
      throws IOException {
    Map<String, String> metadata =
        ImmutableMap.of(
            FORMAT, OURS,
            VERSION, CURRENT,
            STEP, Long.toString(checkpoint.step()),
            DOCUMENT, checkpoint.document(),
            CHECKSUM, checksum);
    Safetensors.write(to, checkpoint.arrays(), metadata);
  }

  /**
   * Reads a file, every byte of which has been checked.
   *
   * @throws InputException if it is no checkpoint, truncated or altered, or of a newer version
   * @throws UncheckedIOException if it cannot be read
   */
  static Checkpoint read(Path path) {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      Map<String, String> metadata = file.metadata();
      if (!OURS.equals(metadata.get(FORMAT))) {
        throw new InputException(path + ": is no checkpoint of peft4j");
      }
      if (!CURRENT.equals(metadata.get(VERSION))) {
        throw new InputException(
            "%s: is of version %s of the format, but this program reads version %s"
                .formatted(path, metadata.get(VERSION), CURRENT));
      }
      requireIntact(path, metadata.getOrDefault(CHECKSUM, ""));
      Long step = Longs.tryParse(metadata.getOrDefault(STEP, ""));
      String document = metadata.get(DOCUMENT);
      if (step == null || step < 0 || document == null) {
        throw new InputException(path + ": lacks the step or the document");
      }
      return new Checkpoint(step, document, file.readAll());
    }
  }

  private static void requireIntact(Path path, String checksum) {
    if (!HEXADECIMAL.matcher(checksum).matches() || !checksum(path, checksum).equals(checksum)) {
      throw new InputException(
          "%s: is truncated or altered: its checksum is not that of its bytes".formatted(path));
    }
  }

  /** The checksum of the bytes, if {@code recorded} is what stands in the file's metadata. */
  private static String checksum(Path path, String recorded) {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      ByteBuffer prefix = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      readFully(channel, prefix);
      // Opening the file has checked this length against its size.
      ByteBuffer header = ByteBuffer.allocate(Math.toIntExact(prefix.getLong(0)));
      readFully(channel, header);
      byte[] key = ("\"" + CHECKSUM + "\":\"").getBytes(StandardCharsets.UTF_8);
      byte[] entry = Bytes.concat(key, recorded.getBytes(StandardCharsets.UTF_8));
      int at = Bytes.indexOf(header.array(), entry);
      if (at < 0) {
        return "";
      }
      header.position(at + key.length).put(UNKNOWN_YET.getBytes(StandardCharsets.UTF_8));
      Hasher hasher = HASH.newHasher().putBytes(prefix.array()).putBytes(header.array());
      ByteBuffer window = ByteBuffer.allocate(WINDOW);
      while (channel.read(window.clear()) >= 0) {
        hasher.putBytes(window.flip());
      }
      return hasher.hash().toString();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path + ": " + e, e);
    }
  }

  private static void readFully(FileChannel channel, ByteBuffer target) throws IOException {
    while (target.hasRemaining()) {
      if (channel.read(target) < 0) {
        throw new IOException("the file was cut short while it was read");
      }
    }
  }

  /** Hashes what is written to it. */
  private record Sink(Hasher hasher) implements WritableByteChannel {
    @Override
    public int write(ByteBuffer bytes) {
      int count = bytes.remaining();
      hasher.putBytes(bytes);
      return count;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
