package io.peft4j.harness.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.harness.checkpoint.AtomicWriter;
import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.data.IteratorData;
import io.peft4j.harness.task.TaskSet;
import io.peft4j.harness.train.TrainListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** A run that cannot go on says why, keeps the last good step, and goes on when it is mended. */
class StoppedRunTest {
  /** The run of {@link ShortRuns#lora} that nothing stopped. */
  @TempDir private static Path whole;

  private static RunResult expected;

  @TempDir private Path folder;

  @BeforeAll
  static void runUnstopped() {
    expected = ShortRuns.unstopped(ShortRuns.lora(), whole, TrainListener.NONE);
  }

  private static void goesOn(Path whole, RunResult expected, RunSpec spec, Path path)
      throws IOException {
    RunResult found = ShortRuns.runner(spec, path, true).run(TrainListener.NONE);
    ShortRuns.assertSame(whole, expected, found, path);
  }

  @Test
  void aLossThatIsNoNumberLeavesTheLastGoodStep() throws IOException {
    stopsAt(
        6,
        batch -> batch.getFeatures(0).putScalar(0, Double.NaN),
        "step 6: loss.sal is NaN",
        "step 5 of 16 is kept, from which --resume goes on");
  }

  @Test
  void anImageThatCannotBeReadIsNamed() throws IOException {
    stopsAt(
        8,
        batch -> {
          throw new UncheckedIOException(new IOException("images/0042.jpg: not a JPEG file"));
        },
        "step 8: cannot read a batch of data set scenes: images/0042.jpg: not a JPEG file;",
        "step 7 of 16 is kept");
  }

  @Test
  void anImageThatIsNoneIsNamed() throws IOException {
    stopsAt(
        3,
        batch -> {
          throw new InputException("images/0042.jpg: is no picture");
        },
        "images/0042.jpg: is no picture; step 2 of 16 is kept");
  }

  private void stopsAt(int step, Consumer<MultiDataSet> harm, String... parts) throws IOException {
    RunSpec spec = ShortRuns.lora();
    Path run = folder.resolve("run");
    RunResult stopped =
        new Runner(spec, harmed(step, harm), run, new Checkpointing(100, RunStart.NEW))
            .run(TrainListener.NONE);
    assertEquals(RunResult.Status.FAILED, stopped.status());
    assertEquals(stopped, RunResult.read(run));
    assertEquals(step - 1, stopped.steps());
    for (String part : parts) {
      assertTrue(stopped.error().contains(part), stopped.error());
    }
    ShortRuns.Until rest = new ShortRuns.Until(ShortRuns.STEPS);
    // Healed, and still an iterator of the user's: what was trained on is passed over.
    Runner again = new Runner(spec, harmed(0, harm), run, new Checkpointing(100, RunStart.RESUME));
    ShortRuns.assertSame(whole, expected, again.run(rest), run);
    assertEquals((long) step, rest.losses().keySet().iterator().next());
  }

  @Test
  void aStepThatFailsAmidAnUpdateLeavesNoTrace() throws IOException {
    RunSpec spec = ShortRuns.spec("decoders-only", Map.of(), 4);
    Path path = folder.resolve("whole");
    RunResult result = ShortRuns.unstopped(spec, path, TrainListener.NONE);
    DataSource data = harmed(7, batch -> batch.getFeatures(0).putScalar(0, Double.NaN));
    RunResult stopped = new Runner(spec, data, folder.resolve("run")).run(TrainListener.NONE);
    assertTrue(stopped.error().contains("step 4 of 16 is kept"), stopped.error());
    goesOn(path, result, spec, folder.resolve("run"));
  }

  /** The data of {@link TinyRuns} by a user's iterators, one of whose batches is harmed. */
  private static DataSource harmed(int step, Consumer<MultiDataSet> harm) {
    TaskSet tasks = TaskSet.parse(ShortRuns.TASKS);
    DataSource data = TinyRuns.data();
    IteratorData.Layout layout =
        new IteratorData.Layout(data.id(), data.height(), data.width(), data.trainSize(), tasks);
    int perEpoch = ShortRuns.STEPS / ShortRuns.EPOCHS;
    return IteratorData.of(
        layout,
        (batch, seed, epoch) -> {
          MultiDataSetIterator pass = data.train(tasks, batch, seed, epoch);
          int[] next = {(epoch - 1) * perEpoch};
          pass.setPreProcessor(
              made -> {
                if (++next[0] == step) {
                  harm.accept(made);
                }
              });
          return pass;
        },
        batch -> data.validation(tasks, batch));
  }

  /** A disk that is full after so many files and a bit. */
  private static Function<Path, AtomicWriter> full(int files) {
    int[] left = {files};
    return path ->
        (name, content) -> {
          boolean fits = left[0]-- > 0;
          OutputFolder.prepare(path)
              .write(name, channel -> content.writeTo(fits ? channel : new FullAfter(channel)));
        };
  }

  /** Takes some bytes. */
  private record FullAfter(WritableByteChannel channel) implements WritableByteChannel {
    @Override
    public int write(ByteBuffer bytes) throws IOException {
      channel.write(bytes.slice(bytes.position(), bytes.remaining() / 2));
      throw new IOException("No space left on device");
    }

    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  /** The message with which a run ends for which there is room for so many files. */
  private static String whenFull(Path run, int files) {
    Runner runner =
        new Runner(
            ShortRuns.lora(),
            TinyRuns.data(),
            run,
            new Checkpointing(3, RunStart.NEW),
            full(files));
    return assertThrows(UncheckedIOException.class, () -> runner.run(TrainListener.NONE))
        .getMessage();
  }

  @Test
  void aFullDiskStopsTheRunAndCostsTheStepsSinceTheLastCheckpoint() throws IOException {
    Path run = folder.resolve("run");
    String message = whenFull(run, 2);
    assertTrue(message.contains("step-000000000008.safetensors"), message);
    assertTrue(message.contains("No space left on device; step 6 of 16 is kept"), message);
    assertEquals(message, RunResult.read(run).error());
    assertEquals(List.of("3", "6"), ShortRuns.checkpoints(run));
    goesOn(whole, expected, ShortRuns.lora(), run);
  }

  @Test
  void theBestStateThatCannotBeWrittenStopsTheRunToo() throws IOException {
    Path run = folder.resolve("run");
    String message = whenFull(run, 3);
    assertTrue(message.contains(Runner.BEST), message);
    assertTrue(message.contains("step 8 of 16 is kept"), message);
    goesOn(whole, expected, ShortRuns.lora(), run);
  }
}
