package io.peft4j.harness.run;

import com.google.common.hash.Hashing;
import io.peft4j.harness.train.MultiTaskModel;
import io.peft4j.harness.train.TrainConfig;
import io.peft4j.harness.train.TrainListener;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Short trainings to the bit. As a program, in a process of its own: with or without something else
 * before.
 */
final class TrainedBits {
  /** Argument: nothing before. */
  static final String FRESH = "fresh";

  /** Line before the bits. */
  static final String BITS = "bits ";

  private static final int BATCH = 2;

  private TrainedBits() {}

  /** An epoch of four steps of a method, with noise where it has some. */
  static RunSpec spec(String method, Map<String, String> options) {
    return TinyRuns.spec(method, "sal,normals", 1)
        .withTrain(TrainConfig.of(1, BATCH, 1e-3, 7))
        .withMethod(method, options);
  }

  /** Losses of each step and tensors after the last, shortened. */
  static String of(RunSpec spec, Path folder) throws Exception {
    Map<Long, String> losses = new LinkedHashMap<>();
    RunResult result =
        new Runner(spec, TinyRuns.data(), folder, Checkpointing.DEFAULT)
            .run(
                new TrainListener() {
                  @Override
                  public void step(long step, long all, Map<String, Double> told) {
                    double loss = told.get(MultiTaskModel.LOSS);
                    losses.put(step, Long.toHexString(Double.doubleToRawLongBits(loss)));
                  }
                });
    if (!result.ok()) {
      throw new IllegalStateException(spec.method() + " failed: " + result.error());
    }
    byte[] tensors = Files.readAllBytes(folder.resolve(Runner.LAST));
    return "%s %s %s".formatted(spec.method(), losses, Hashing.sha256().hashBytes(tensors));
  }

  /**
   * Trains and prints.
   *
   * @param args folder; {@link #FRESH} or the seed of what goes before; methods
   */
  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]);
    boolean fresh = args[1].equals(FRESH);
    if (!fresh) {
      // Before anything of ours: what loads first must not matter.
      Nd4j.ones(2, 2);
    }
    OtherWork before = new OtherWork(new Random(fresh ? 0 : Long.parseLong(args[1])), folder);
    for (int i = 2; i < args.length; i++) {
      if (!fresh) {
        before.some();
      }
      System.out.println(BITS + of(spec(args[i], Map.of()), folder.resolve("run-" + i)));
      System.out.flush();
    }
  }
}
