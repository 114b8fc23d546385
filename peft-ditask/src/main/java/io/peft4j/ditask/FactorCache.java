package io.peft4j.ditask;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.peft4j.api.linalg.Svd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.nd4j.linalg.api.buffer.DataType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Factors on disk by the content of what was decomposed: weight, shape, type of the factors and
 * version of the algorithm. So they are shared by runs, tasks, methods and checkpoints that have a
 * weight in common, and never belong to another weight.
 *
 * <p>A file that is damaged is computed and written again. Where the folder cannot be used, all is
 * computed, after one warning. Nothing is ever deleted: of Swin-Large in float32 there are 1.1 GB;
 * the folder may be removed at any time.
 */
final class FactorCache {
  /** Below this many entries a decomposition takes no longer than a file. */
  private static final int LEAST_ENTRIES = 64 * 64;

  private static final Logger LOG = LoggerFactory.getLogger(FactorCache.class);

  private final Optional<Path> folder;
  private final AtomicBoolean hasFailed = new AtomicBoolean();

  /** In a folder that need not exist yet; without one nothing is kept. */
  FactorCache(Optional<Path> folder) {
    this.folder = folder;
  }

  /** The factors of a matrix, read or else computed and kept; safe for many threads. */
  Factors factors(double[][] matrix, DataType type) {
    int out = matrix.length;
    int in = matrix[0].length;
    if (folder.isEmpty()
        || (long) out * in < LEAST_ENTRIES
        || !FactorFile.holds(out, in, type)
        || hasFailed.get()) {
      return Factors.of(matrix, type);
    }
    byte[] key = key(matrix, type);
    Path file = folder.get().resolve(HexFormat.of().formatHex(key) + ".svd");
    Optional<Factors> known = read(file, key, out, in, type);
    if (known.isPresent()) {
      return known.get();
    }
    Factors factors = Factors.of(matrix, type);
    write(file, FactorFile.encode(key, factors));
    return factors;
  }

  /** SHA-256 of everything that determines the factors. */
  private static byte[] key(double[][] matrix, DataType type) {
    Hasher hasher = Hashing.sha256().newHasher();
    hasher.putInt(Svd.VERSION).putInt(type.toInt());
    hasher.putInt(matrix.length).putInt(matrix[0].length);
    ByteBuffer bytes =
        ByteBuffer.allocate(matrix[0].length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (double[] row : matrix) {
      bytes.asDoubleBuffer().put(row);
      hasher.putBytes(bytes.array());
    }
    return hasher.hash().asBytes();
  }

  private Optional<Factors> read(Path file, byte[] key, int out, int in, DataType type) {
    byte[] content;
    try {
      content = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      fail("read", file, e);
      return Optional.empty();
    }
    Optional<Factors> factors = FactorFile.decode(key, out, in, type, content);
    if (factors.isEmpty()) {
      LOG.warn("{} is damaged; its factors are computed again", file);
    }
    return factors;
  }

  private void write(Path file, byte[] content) {
    if (hasFailed.get()) {
      return;
    }
    try {
      Files.createDirectories(file.getParent());
      // a name of its own, as other processes may write the same; a file like any other, as
      // other users may read it
      Path temporary = file.resolveSibling(UUID.randomUUID() + ".tmp");
      try {
        Files.write(temporary, content, StandardOpenOption.CREATE_NEW);
        move(temporary, file);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      fail("written", file, e);
    }
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private void fail(String what, Path file, IOException why) {
    if (hasFailed.compareAndSet(false, true)) {
      LOG.warn(
          "{} cannot be {} ({}): decompositions are not kept; set {} to another folder, or to off",
          file,
          what,
          why,
          CacheFolder.VARIABLE);
    }
  }
}
