package io.peft4j.harness.checkpoint;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Iterables;
import io.peft4j.api.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints of one run: the two newest and that of the best evaluation are kept, so that one
 * is always whole, whatever happens to the newest.
 */
public final class CheckpointFolder {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointFolder.class);
  private static final int NEWEST_KEPT = 2;
  private static final String NAME = "step-%012d.safetensors";
  private static final Pattern NAMED = Pattern.compile("step-(\\d{12})\\.safetensors");

  private final Path folder;
  private final AtomicWriter writer;
  private final Set<Path> damaged = new HashSet<>();

  /**
   * A folder, which need not exist until something is written.
   *
   * @param writer writes files of the folder
   */
  public CheckpointFolder(Path folder, AtomicWriter writer) {
    this.folder = folder;
    this.writer = writer;
  }

  /** True if there is no checkpoint, not even a damaged one. */
  public boolean isEmpty() {
    return files().isEmpty();
  }

  /** Step of the newest checkpoint, be it whole or not. */
  public OptionalLong newestStep() {
    Set<Long> steps = files().keySet();
    return steps.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Iterables.get(steps, 0));
  }

  /**
   * A checkpoint that was found.
   *
   * @param checkpoint the checkpoint
   * @param problems what is wrong with each newer one
   */
  public record Found(Checkpoint checkpoint, List<String> problems) {
    /** Copies the list. */
    public Found {
      problems = List.copyOf(problems);
    }
  }

  /**
   * The newest checkpoint that is whole. Newer ones that are damaged are deleted when the next one
   * is written.
   *
   * @return empty if there is none
   * @throws InputException naming all if there are some, but none is whole
   */
  public Optional<Found> newest() {
    List<String> problems = new ArrayList<>();
    for (Map.Entry<Long, Path> file : files().entrySet()) {
      try {
        return Optional.of(new Found(read(file.getKey(), file.getValue()), problems));
      } catch (InputException | UncheckedIOException e) {
        problems.add(e.getMessage());
        damaged.add(file.getValue());
      }
    }
    if (problems.isEmpty()) {
      return Optional.empty();
    }
    throw new InputException(
        "no checkpoint of %s is whole (%s); add --restart to begin anew"
            .formatted(folder, String.join("; ", problems)));
  }

  private static Checkpoint read(long step, Path file) {
    Checkpoint checkpoint = CheckpointFile.read(file);
    if (checkpoint.step() != step) {
      throw new InputException(
          "%s: is of step %d; has it been renamed?".formatted(file, checkpoint.step()));
    }
    return checkpoint;
  }

  /**
   * Writes a checkpoint, then deletes those that are no longer kept.
   *
   * @param best step of the best evaluation's checkpoint, if there is one
   * @throws UncheckedIOException naming the file if it cannot be written; then all others are as
   *     they were
   */
  public void write(Checkpoint checkpoint, OptionalLong best) {
    String name = NAME.formatted(checkpoint.step());
    writer.write(name, CheckpointFile.content(checkpoint));
    damaged.remove(folder.resolve(name));
    damaged.forEach(CheckpointFolder::delete);
    damaged.clear();
    int newest = 0;
    for (Map.Entry<Long, Path> file : files().entrySet()) {
      boolean isBest = best.isPresent() && best.getAsLong() == file.getKey();
      if (newest++ >= NEWEST_KEPT && !isBest) {
        delete(file.getValue());
      }
    }
  }

  /**
   * Deletes all checkpoints, so that another run may keep its own here.
   *
   * @throws UncheckedIOException naming the file that cannot be deleted
   */
  public void clear() {
    for (Path file : files().values()) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot delete %s: %s".formatted(file, e), e);
      }
    }
    delete();
  }

  /** Deletes all checkpoints, and the folder if nothing else is in it. */
  public void delete() {
    files().values().forEach(CheckpointFolder::delete);
    try (Stream<Path> rest = Files.isDirectory(folder) ? Files.list(folder) : Stream.of(folder)) {
      if (rest.findAny().isEmpty()) {
        Files.delete(folder);
      }
    } catch (IOException e) {
      LOG.warn("cannot delete {}: {}", folder, e.toString());
    }
  }

  /** A file that stays is no reason to stop a run. */
  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.warn("cannot delete {}: {}", file, e.toString());
    }
  }

  /** By step, the newest first. */
  private ImmutableSortedMap<Long, Path> files() {
    ImmutableSortedMap.Builder<Long, Path> files =
        ImmutableSortedMap.orderedBy(Comparator.<Long>reverseOrder());
    if (!Files.isDirectory(folder)) {
      return files.build();
    }
    try (Stream<Path> all = Files.list(folder)) {
      all.forEach(
          file -> {
            Matcher matcher = NAMED.matcher(file.getFileName().toString());
            if (matcher.matches()) {
              files.put(Long.parseLong(matcher.group(1)), file);
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder + ": " + e, e);
    }
    return files.build();
  }
}
