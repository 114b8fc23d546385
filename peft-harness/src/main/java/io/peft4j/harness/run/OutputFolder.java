package io.peft4j.harness.run;

import io.peft4j.harness.checkpoint.AtomicWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * A folder that results are written to: checked before anything is computed, and files appear in it
 * complete or not at all.
 *
 * @param path the folder
 */
public record OutputFolder(Path path) implements AtomicWriter {
  private static final String TEMPORARY = ".peft4j-";

  /**
   * Creates the folder where it does not exist, and checks that files can be written to it.
   *
   * @throws UncheckedIOException if not
   */
  public static OutputFolder prepare(Path path) {
    try {
      Files.createDirectories(path);
      Files.delete(Files.createFile(temporary(path)));
    } catch (FileAlreadyExistsException e) {
      throw new UncheckedIOException(
          new IOException("cannot write to %s: a file is in the way".formatted(path), e));
    } catch (IOException e) {
      throw new UncheckedIOException(
          new IOException("cannot write to %s: %s".formatted(path, e), e));
    }
    return new OutputFolder(path);
  }

  /** Deletes what a process that was killed while it wrote has left behind. */
  void deleteUnfinished() {
    if (!Files.isDirectory(path)) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(path, TEMPORARY + "*.tmp")) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot tidy %s: %s".formatted(path, e), e);
    }
  }

  /**
   * Deletes a file, if there is one of that name.
   *
   * @throws UncheckedIOException naming the file if it cannot be deleted
   */
  void delete(String name) {
    try {
      Files.deleteIfExists(file(name));
    } catch (IOException e) {
      throw new UncheckedIOException(
          new IOException("cannot delete %s: %s".formatted(file(name), e), e));
    }
  }

  /** A file in the folder. */
  public Path file(String name) {
    return path.resolve(name);
  }

  /**
   * Writes a file in one step: under another name, then moved.
   *
   * @throws UncheckedIOException if the disk fails; nothing is left behind
   */
  public void write(String name, byte[] content) {
    write(
        name,
        channel -> {
          ByteBuffer rest = ByteBuffer.wrap(content);
          while (rest.hasRemaining()) {
            channel.write(rest);
          }
        });
  }

  /** As {@link #write(String, byte[])}, with content that is made while it is written. */
  @Override
  public void write(String name, Content content) {
    Path target = file(name);
    try {
      Path temporary = Files.createFile(temporary(path));
      try {
        writeAndSync(temporary, content);
        move(temporary, target);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          new IOException("cannot write %s: %s".formatted(target, e), e));
    }
  }

  /** Not {@link Files#createTempFile}, whose files nobody else may read. */
  private static Path temporary(Path folder) {
    return folder.resolve(TEMPORARY + UUID.randomUUID() + ".tmp");
  }

  private static void writeAndSync(Path file, Content content) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      content.writeTo(channel);
      // Before the move: a crash must not leave the new name on unwritten blocks.
      channel.force(true);
    }
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
