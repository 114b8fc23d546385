package io.peft4j.testkit;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.exec.GraphExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Laws about running a model: any batch, any thread. */
final class RunLaws {
  static final ImmutableList<Law<Subject>> ALL =
      ImmutableList.of(
          new Law<>("gives an image the same features in any batch", RunLaws::batches),
          new Law<>("is not disturbed by another thread", RunLaws::threads));

  private static final int LARGEST_BATCH = 3;

  private RunLaws() {}

  private static void batches(Subject s) {
    PeftModel model = s.adapt(DataType.DOUBLE);
    Values.perturb(model, 5);
    List<Map<String, List<INDArray>>> alone = new ArrayList<>();
    for (int i = 0; i < LARGEST_BATCH; i++) {
      INDArray image = row(Values.images(model.backbone(), LARGEST_BATCH), i).dup('c');
      alone.add(model.features(image));
    }
    for (int batch = 2; batch <= LARGEST_BATCH; batch++) {
      Map<String, List<INDArray>> together;
      try {
        together = model.features(Values.images(model.backbone(), batch));
      } catch (RuntimeException e) {
        throw Failure.of("batch %d fails: %s".formatted(batch, e.getMessage()), BATCH_REMEDY, e);
      }
      for (String task : together.keySet()) {
        for (int stage = 0; stage < together.get(task).size(); stage++) {
          for (int i = 0; i < batch; i++) {
            double error =
                Values.relativeError(
                    alone.get(i).get(task).get(stage), row(together.get(task).get(stage), i));
            Failure.unless(
                error <= 1e-10,
                "task %s, stage %d: image %d alone and in a batch of %d differ by %.1e"
                    .formatted(task, stage, i, batch, error),
                BATCH_REMEDY);
          }
        }
      }
    }
  }

  static final String BATCH_REMEDY =
      "values are [batch*rows, width]: reshape with a leading -1 only, and do not mix rows of"
          + " different images";

  private static INDArray row(INDArray batch, int i) {
    return batch.get(NDArrayIndex.interval(i, i + 1));
  }

  /** Two models on one backbone, first one after the other, then at the same time. */
  private static void threads(Subject s) throws InterruptedException {
    Backbone backbone = s.backbone(DataType.FLOAT);
    List<Map<String, String>> expected = List.of(run(s, backbone, 1), run(s, backbone, 2));
    CyclicBarrier start = new CyclicBarrier(expected.size());
    ExecutorService pool = Executors.newFixedThreadPool(expected.size());
    try {
      List<Callable<Map<String, String>>> work = new ArrayList<>();
      for (int i = 0; i < expected.size(); i++) {
        long seed = i + 1;
        work.add(
            () -> {
              start.await();
              return run(s, backbone, seed);
            });
      }
      List<Future<Map<String, String>>> results = pool.invokeAll(work);
      for (int i = 0; i < expected.size(); i++) {
        List<String> differing = Values.differing(expected.get(i), result(results.get(i)));
        Failure.unless(
            differing.isEmpty(),
            "beside another thread, other values come out of " + differing,
            THREAD_REMEDY);
      }
    } finally {
      pool.shutdownNow();
    }
  }

  static final String THREAD_REMEDY =
      "keep all state in the Rewrite that bind() returns; no static or PeftMethod fields that"
          + " change, no changes to backbone arrays, no global random generator";

  private static Map<String, String> result(Future<Map<String, String>> future)
      throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw Failure.of("beside another thread: " + e.getCause(), THREAD_REMEDY, e.getCause());
    }
  }

  /** Fingerprints of the features and gradients of a model. */
  private static Map<String, String> run(Subject s, Backbone backbone, long seed) {
    PeftModel model = s.adapt(backbone, seed);
    Values.perturb(model, seed);
    Map<String, String> prints =
        new TreeMap<>(Values.ofFeatures(model.features(Values.images(backbone, 2))));
    ProbeLoss loss = ProbeLoss.on(model);
    if (!loss.trainables().isEmpty()) {
      try (GraphExecutor executor = loss.executor(loss.total(), loss.trainables())) {
        executor
            .gradients(loss.inputs(2), List.of())
            .gradients()
            .forEach((name, g) -> prints.put("gradient of " + name, Values.fingerprint(g)));
      }
    }
    return prints;
  }
}
