package io.peft4j.benchmarks.kernel;

import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.linalg.Svd;
import io.peft4j.api.select.SiteSelector;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.weights.WeightSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.buffer.DataType;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Singular values and vectors of all weights that DiTASK transforms in a backbone, as in its first
 * run: in a fresh process, fused projections in their parts. Entries are random, one matrix for
 * each shape.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 0)
@Measurement(iterations = 1)
@Fork(1)
public class SvdBenchmark {
  /** Preset of the backbone. */
  @Param("swin-large")
  public String backbone = "";

  /** Threads that decompose, a matrix each. */
  @Param("2")
  public int threads;

  private final List<double[][]> weights = new ArrayList<>();

  /** Makes the matrices; the largest come first. */
  @Setup
  public void matrices() {
    Map<List<Integer>, double[][]> byShape = new HashMap<>();
    SiteSelector adapted = new SiteSelector(List.of("attn+mlp"), List.of(), List.of(), List.of());
    for (LinearSite site :
        adapted.select(
            Swin.build(Swin.preset(backbone), WeightSource.shapesOnly(), DataType.FLOAT))) {
      int parts = site.out() == 3 * site.in() ? 3 : 1;
      List<Integer> shape = List.of(site.out() / parts, site.in());
      for (int part = 0; part < parts; part++) {
        weights.add(byShape.computeIfAbsent(shape, s -> random(s.get(0), s.get(1))));
      }
    }
    weights.sort(
        Comparator.comparingLong((double[][] w) -> (long) w.length * w[0].length).reversed());
  }

  /** The decompositions; the largest singular values. */
  @Benchmark
  public List<Double> all() throws InterruptedException, ExecutionException {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Callable<Double>> work = new ArrayList<>();
      for (double[][] w : weights) {
        work.add(() -> Svd.of(w, Math.min(w.length, w[0].length)).values()[0]);
      }
      List<Double> largest = new ArrayList<>();
      for (Future<Double> result : pool.invokeAll(work)) {
        largest.add(result.get());
      }
      return largest;
    } finally {
      pool.shutdownNow();
    }
  }

  private static double[][] random(int rows, int columns) {
    SplittableRandom random = new SplittableRandom(1);
    double[][] matrix = new double[rows][columns];
    for (double[] row : matrix) {
      for (int j = 0; j < columns; j++) {
        row[j] = random.nextDouble(-1, 1);
      }
    }
    return matrix;
  }
}
