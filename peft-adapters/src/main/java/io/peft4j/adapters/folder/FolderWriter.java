package io.peft4j.adapters.folder;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.peft4j.api.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.stream.Stream;

/** Folders that appear complete or not at all: written under another name, then moved. */
final class FolderWriter {
  private FolderWriter() {}

  /** Fills a folder; what it writes is moved as a whole. */
  @FunctionalInterface
  interface Content {
    void writeTo(Path folder) throws IOException;
  }

  /**
   * Refuses a place that cannot be written to, before anything is computed.
   *
   * @param replace whether an adapter that stands there may be replaced
   * @throws InputException if something else stands there
   */
  static void requireFree(Path target, boolean replace) {
    if (!Files.exists(target) || isEmptyFolder(target)) {
      return;
    }
    boolean adapter = isAdapter(target);
    if (!adapter) {
      throw new InputException(
          "%s: exists and is no adapter; name a folder that is to be made".formatted(target));
    }
    if (!replace) {
      throw new InputException("%s: an adapter is there already; replace it?".formatted(target));
    }
  }

  /** Writes a folder in one step. */
  static void write(Path target, boolean replace, Content content) {
    requireFree(target, replace);
    Path absolute = target.toAbsolutePath().normalize();
    Path parent = absolute.getParent();
    if (parent == null) {
      throw new InputException(target + ": is no folder that can be made");
    }
    Path temporary = parent.resolve(".peft4j-" + UUID.randomUUID() + ".tmp");
    try {
      Files.createDirectories(parent);
      Files.createDirectory(temporary);
      try {
        content.writeTo(temporary);
        sync(temporary);
        put(temporary, absolute);
      } finally {
        delete(temporary);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write %s: %s".formatted(target, e), e);
    }
  }

  /**
   * A folder cannot be replaced in one step; the old one waits aside until the new one is there.
   */
  private static void put(Path from, Path to) throws IOException {
    if (!Files.exists(to)) {
      move(from, to);
      return;
    }
    Path old = to.resolveSibling(".peft4j-" + UUID.randomUUID() + ".old");
    move(to, old);
    try {
      move(from, to);
    } catch (IOException e) {
      move(old, to);
      throw e;
    }
    delete(old);
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to);
    }
  }

  /** Before the move: a crash must not leave the new name on unwritten blocks. */
  private static void sync(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          channel.force(true);
        }
      }
    }
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }

  /** An adapter, or a folder of nothing but adapters. */
  private static boolean isAdapter(Path folder) {
    if (Files.exists(folder.resolve(AdapterFolder.CONFIG))) {
      return true;
    }
    try (Stream<Path> children =
        Files.isDirectory(folder) ? Files.list(folder) : Stream.of(folder)) {
      return children.allMatch(c -> Files.exists(c.resolve(AdapterFolder.CONFIG)));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder + ": " + e, e);
    }
  }

  private static boolean isEmptyFolder(Path path) {
    if (!Files.isDirectory(path)) {
      return false;
    }
    try (Stream<Path> children = Files.list(path)) {
      return children.findAny().isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + path + ": " + e, e);
    }
  }
}
