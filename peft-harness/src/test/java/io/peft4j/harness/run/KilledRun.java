package io.peft4j.harness.run;

import io.peft4j.harness.checkpoint.AtomicWriter;
import io.peft4j.harness.train.MultiTaskModel;
import io.peft4j.harness.train.TrainConfig;
import io.peft4j.harness.train.TrainListener;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;

/**
 * A run in a process of its own, that goes on where the last one was killed and tells each step and
 * its loss; and, if it is told so, stops in the middle of writing a file to be killed there.
 */
final class KilledRun {
  /** Line before the bits of a step's loss. */
  static final String STEP = "step ";

  /** Line that says that a file is being written. */
  static final String WRITING = "writing ";

  /** Last line. */
  static final String DONE = "done";

  private static final int BATCH = 2;
  private static final int EPOCHS = 10;

  private KilledRun() {}

  /** Four steps an epoch, an evaluation every third. */
  static RunSpec spec() {
    TrainConfig c = TrainConfig.of(EPOCHS, BATCH, 1e-3, 7);
    TrainConfig train =
        new TrainConfig(
            EPOCHS, BATCH, 1, 1e-3, 1, 1e-6, 1e-5, 0.05, c.decayPolicy(), 5, 3, c.activations(), 7);
    return TinyRuns.spec("lora", "sal,normals", 1)
        .withTrain(train)
        .withMethod("lora", Map.of("dropout", "0.1"));
  }

  static Checkpointing checkpointing() {
    return new Checkpointing(3, RunStart.RESUME);
  }

  /**
   * Runs it.
   *
   * @param args folder; then, to stop in the middle of a file, number of the file from 1 and how
   *     much of it is written before
   */
  public static void main(String[] args) {
    PrintStream out = System.out;
    TrainListener telling =
        new TrainListener() {
          @Override
          public void step(long step, long steps, Map<String, Double> losses) {
            long bits = Double.doubleToRawLongBits(losses.get(MultiTaskModel.LOSS));
            out.println(STEP + step + " " + bits);
            out.flush();
          }
        };
    Function<Path, AtomicWriter> writers =
        args.length == 1
            ? OutputFolder::prepare
            : stopping(Integer.parseInt(args[1]), Double.parseDouble(args[2]), out);
    Path folder = Path.of(args[0]);
    RunResult result =
        Runner.finished(spec(), folder)
            .orElseGet(
                () ->
                    new Runner(spec(), TinyRuns.data(), folder, checkpointing(), writers)
                        .run(telling));
    out.println(result.ok() ? DONE : "failed: " + result.error());
    out.flush();
  }

  private static Function<Path, AtomicWriter> stopping(int file, double share, PrintStream out) {
    int[] left = {file};
    return path -> {
      OutputFolder folder = OutputFolder.prepare(path);
      return (name, content) -> {
        if (--left[0] > 0) {
          folder.write(name, content);
          return;
        }
        long[] size = {0};
        folder.write(
            name,
            channel -> {
              content.writeTo(new Limited(size, Long.MAX_VALUE, null, ""));
              content.writeTo(new Limited(new long[1], (long) (share * size[0]), channel, name));
            });
      };
    };
  }

  /** Counts bytes; writes them to a channel up to a limit, and then waits to be killed. */
  private record Limited(
      long[] count,
      long limit,
      @org.jspecify.annotations.Nullable WritableByteChannel to,
      String name)
      implements WritableByteChannel {
    @Override
    public int write(ByteBuffer bytes) throws IOException {
      int all = bytes.remaining();
      if (to != null) {
        int allowed = (int) Math.min(all, limit - count[0]);
        ByteBuffer part = bytes.slice(bytes.position(), allowed);
        while (part.hasRemaining()) {
          to.write(part);
        }
        if (allowed < all) {
          System.out.println(WRITING + name);
          System.out.flush();
          sleepForever();
        }
      }
      bytes.position(bytes.limit());
      count[0] += all;
      return all;
    }

    private static void sleepForever() {
      try {
        Thread.sleep(Long.MAX_VALUE);
      } catch (InterruptedException e) {
        throw new IllegalStateException("waits to be killed", e);
      }
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
