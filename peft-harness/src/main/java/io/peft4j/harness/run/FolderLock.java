package io.peft4j.harness.run;

import io.peft4j.api.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a folder to one process: a lock of the operating system on a file in it, which ends with
 * the process, however that ends. A file that a killed process leaves behind locks nothing.
 */
final class FolderLock implements AutoCloseable {
  /** Name of the file, which tells who holds the lock and is deleted when it is given back. */
  static final String FILE = "run.lock";

  private static final Logger LOG = LoggerFactory.getLogger(FolderLock.class);

  /** Behind the text: where locks are mandatory, others could not read who holds it. */
  private static final long LOCKED_BYTE = 1L << 20;

  private static final int MOST_TEXT = 1000;
  private static final Pattern HOLDER = Pattern.compile("pid=(\\d+)\nsince=(\\S+)\n");

  /**
   * Folders that this process holds. A lock is the process's, and closing the file anywhere in it
   * gives the lock back, so the file must not be opened a second time.
   */
  private static final Set<Path> HELD = new HashSet<>();

  private final Path folder;
  private final FileChannel channel;

  private FolderLock(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /**
   * Does work that needs a folder for itself.
   *
   * @throws InputException as {@link #acquire} does
   * @throws UncheckedIOException as {@link #acquire} does
   */
  static <T> T holding(Path folder, Supplier<T> work) {
    FolderLock lock = acquire(folder);
    try {
      return work.get();
    } finally {
      lock.close();
    }
  }

  /**
   * Takes the lock; makes the folder where it does not exist.
   *
   * @throws InputException naming the process if another one, or another part of this one, has it;
   *     nothing is written then
   * @throws UncheckedIOException if the folder cannot be written to
   */
  static synchronized FolderLock acquire(Path folder) {
    requireFree(folder);
    OutputFolder.prepare(folder);
    try {
      Path real = folder.toRealPath();
      FileChannel channel = lock(folder, real.resolve(FILE));
      HELD.add(real);
      FolderLock lock = new FolderLock(real, channel);
      try {
        write(channel);
      } catch (IOException e) {
        lock.close();
        throw e;
      }
      return lock;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot lock %s: %s".formatted(folder, e), e);
    }
  }

  /**
   * Checks, without writing anything, that nobody has the lock.
   *
   * @throws InputException naming the process if one has it
   */
  static synchronized void requireFree(Path folder) {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try {
      Path real = folder.toRealPath();
      if (HELD.contains(real)) {
        throw inUse(folder, ProcessHandle.current().pid(), null);
      }
      try (FileChannel channel = open(real.resolve(FILE))) {
        requireLock(folder, channel);
      }
    } catch (NoSuchFileException e) {
      // Nobody has been here since the last one tidied up.
      return;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot lock %s: %s".formatted(folder, e), e);
    }
  }

  /** Tries until the file that is locked is the one that others find by its name. */
  private static FileChannel lock(Path folder, Path file) throws IOException {
    while (true) {
      try {
        Files.createFile(file);
      } catch (FileAlreadyExistsException e) {
        // A killed process has left it, or somebody is in the folder.
      }
      Optional<Object> named = identity(file);
      FileChannel channel = null;
      boolean locked = false;
      try {
        channel = open(file);
        requireLock(folder, channel);
        // Its former holder may have deleted it before it was locked.
        locked = named.isPresent() && named.equals(identity(file));
        if (locked) {
          return channel;
        }
      } catch (NoSuchFileException e) {
        LOG.debug("{} was deleted a moment ago", file);
      } finally {
        if (channel != null && !locked) {
          channel.close();
        }
      }
    }
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private static void requireLock(Path folder, FileChannel channel) throws IOException {
    FileLock lock;
    try {
      lock = channel.tryLock(LOCKED_BYTE, 1, false);
    } catch (IOException e) {
      LOG.warn("{} cannot be locked ({}): see that only one process runs in it", folder, e);
      return;
    }
    if (lock == null) {
      throw inUse(folder, channel);
    }
  }

  /** Of the file of that name, if there is one; where files have no identity, one is any other. */
  private static Optional<Object> identity(Path file) throws IOException {
    try {
      Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
      return Optional.of(key == null ? file : key);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static void write(FileChannel channel) throws IOException {
    String text =
        "pid=%d\nsince=%s\n"
            .formatted(
                ProcessHandle.current().pid(), Instant.now().truncatedTo(ChronoUnit.SECONDS));
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    channel.truncate(0);
    while (bytes.hasRemaining()) {
      channel.write(bytes, bytes.position());
    }
  }

  private static InputException inUse(Path folder, FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(MOST_TEXT);
    channel.read(bytes, 0);
    String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    Matcher holder = HOLDER.matcher(text);
    return holder.matches()
        ? inUse(folder, Long.parseLong(holder.group(1)), holder.group(2))
        : new InputException(
            "%s is in use by another process: wait until it has ended, or choose another folder"
                .formatted(folder));
  }

  private static InputException inUse(Path folder, long pid, @Nullable String since) {
    return pid == ProcessHandle.current().pid()
        ? new InputException(
            "%s is in use by another run of this process, %d: wait until it has ended, or choose"
                    .formatted(folder, pid)
                + " another folder")
        : new InputException(
            "%s is in use by process %d since %s: wait until it has ended, stop it by kill %d, or"
                    .formatted(folder, pid, since, pid)
                + " choose another folder");
  }

  @Override
  public void close() {
    synchronized (FolderLock.class) {
      // Deleted while it is locked, so that it can be nobody else's.
      try (channel) {
        Files.deleteIfExists(folder.resolve(FILE));
      } catch (IOException e) {
        LOG.warn("{} is left in {}, and locks nothing: {}", FILE, folder, e.toString());
      } finally {
        HELD.remove(folder);
      }
    }
  }
}
