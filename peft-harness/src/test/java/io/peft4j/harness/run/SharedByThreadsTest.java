package io.peft4j.harness.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.GraphExecutors;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.task.TaskSet;
import io.peft4j.harness.train.MultiTaskModel;
import io.peft4j.harness.train.TrainConfig;
import io.peft4j.harness.train.TrainListener;
import io.peft4j.harness.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/** What promises to be shared gives every thread what one alone gets; what does not, refuses. */
class SharedByThreadsTest {
  private static final int THREADS = 8;

  @TempDir private static Path one;

  private static RunSpec spec;
  private static RunResult result;

  @TempDir private Path folder;

  @BeforeAll
  static void train() {
    spec = TinyRuns.spec("lora", ShortRuns.TASKS, 1);
    result = runner(one).run(TrainListener.NONE);
  }

  private static Runner runner(Path path) {
    return new Runner(spec, TinyRuns.data(), path, new Checkpointing(1000, RunStart.NEW));
  }

  /** In batches of one, two and three images, so that several plans are in use. */
  @Test
  void aSavedRunPredicts() throws Exception {
    List<INDArray> images = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      images.add(
          Nd4j.linspace(DataType.FLOAT, -2, 4.0 / (3 * 1024 * (i + 1)), (i % 3 + 1) * 3 * 1024)
              .reshape(i % 3 + 1, 3, TinyRuns.SIZE, TinyRuns.SIZE));
    }
    try (SavedRun saved = SavedRun.open(one)) {
      List<Map<String, INDArray>> expected = images.stream().map(saved::predict).toList();
      for (List<Map<String, INDArray>> found :
          inThreads(() -> images.stream().map(saved::predict).toList())) {
        assertEquals(expected, found);
      }
    }
  }

  @Test
  void aSavedRunEvaluatesBesidePredictions() throws Exception {
    DataSource data = TinyRuns.data();
    INDArray image = Nd4j.ones(DataType.FLOAT, 1, 3, TinyRuns.SIZE, TinyRuns.SIZE);
    try (SavedRun saved = SavedRun.open(one)) {
      Map<String, INDArray> expected = saved.predict(image);
      inThreads(
          () -> {
            assertEquals(result.scores(), saved.evaluate(data).scores());
            assertEquals(expected, saved.predict(image));
            return true;
          });
    }
  }

  @Test
  void aBackboneIsAdapted() throws Exception {
    Backbone backbone = Swin.build(TinyRuns.backbone(), WeightSource.random(1), DataType.FLOAT);
    INDArray image = Nd4j.ones(DataType.FLOAT, 1, 3, TinyRuns.SIZE, TinyRuns.SIZE);
    Callable<Object> adapted =
        () -> {
          PeftModel model =
              Peft.adapt(backbone, "mtlora", Map.of(), TaskSet.parse("sal,normals").routed(), 3);
          return List.of(model.state(), model.features(image), model.parameters());
        };
    Object expected = adapted.call();
    for (Object found : inThreads(adapted)) {
      assertEquals(expected, found);
    }
  }

  @Test
  void aDataSetIsRead() throws Exception {
    DataSource data = TinyRuns.data();
    TaskSet tasks = TaskSet.parse(ShortRuns.TASKS);
    Callable<List<INDArray>> read =
        () -> {
          List<INDArray> all = new ArrayList<>();
          addAll(data.train(tasks, 2, 3, 1), all);
          addAll(data.validation(tasks, 3), all);
          return all;
        };
    List<INDArray> expected = read.call();
    for (List<INDArray> found : inThreads(read)) {
      assertEquals(expected, found);
    }
  }

  private static void addAll(MultiDataSetIterator pass, List<INDArray> to) {
    while (pass.hasNext()) {
      MultiDataSet batch = pass.next();
      to.addAll(List.of(batch.getFeatures()));
      to.addAll(List.of(batch.getLabels()));
    }
  }

  @Test
  void runsInDifferentFoldersAreUnderWayAtOnce() throws Exception {
    List<Callable<RunResult>> runs = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Path path = folder.resolve("run-" + i);
      runs.add(() -> runner(path).run(TrainListener.NONE));
    }
    for (RunResult found : all(runs)) {
      assertEquals(result.scores(), found.scores());
    }
    byte[] expected = Files.readAllBytes(one.resolve(Runner.LAST));
    for (int i = 0; i < runs.size(); i++) {
      assertArrayEquals(expected, Files.readAllBytes(last(i)), "run " + i);
    }
  }

  private Path last(int run) throws IOException {
    return folder.resolve("run-" + run).resolve(Runner.LAST);
  }

  /** The first one waits for its input until the second one has tried. */
  @Test
  void anExecutorRefusesASecondThread() throws Exception {
    PeftModel model =
        Peft.frozen(
            Swin.build(TinyRuns.backbone(), WeightSource.random(1), DataType.FLOAT),
            TaskSet.parse("sal").routed());
    String image = model.backbone().image().name();
    CountDownLatch computing = new CountDownLatch(1);
    CountDownLatch refused = new CountDownLatch(1);
    Map<String, INDArray> slow =
        new HashMap<>() {
          private static final long serialVersionUID = 1L;

          @Override
          public INDArray get(Object name) {
            computing.countDown();
            try {
              refused.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            return super.get(name);
          }
        };
    slow.put(image, Nd4j.ones(DataType.FLOAT, 1, 3, TinyRuns.SIZE, TinyRuns.SIZE));
    Collection<String> wanted = List.of(model.features("sal").get(0).name());
    ExecutorService other = Executors.newSingleThreadExecutor();
    try (GraphExecutor executor = GraphExecutors.forInference(model.target().graph())) {
      Future<INDArray> first =
          other.submit(() -> executor.outputs(slow, wanted).values().iterator().next().dup());
      computing.await();
      IllegalStateException e =
          assertThrows(
              IllegalStateException.class, () -> executor.outputs(new HashMap<>(slow), wanted));
      assertTrue(e.getMessage().contains("a Predictor for all"), e.getMessage());
      assertThrows(IllegalStateException.class, executor::close);
      refused.countDown();
      assertEquals(
          first.get(), executor.outputs(slow, wanted).values().iterator().next(), "then it may");
    } finally {
      refused.countDown();
      other.shutdown();
    }
  }

  @Test
  void aModelInTrainingIsNotTrainedBeside() {
    MultiTaskModel model = ModelFactory.trainable(spec, spec.backbone().build());
    TrainConfig config = spec.train();
    Trainer second = new Trainer(model, TinyRuns.data(), config, TrainListener.NONE);
    List<String> messages = new ArrayList<>();
    TrainListener listener =
        new TrainListener() {
          @Override
          public void step(long step, long steps, Map<String, Double> losses) {
            messages.add(
                assertThrows(IllegalStateException.class, () -> second.run(Trainer.Snapshots.NONE))
                    .getMessage());
          }
        };
    new Trainer(model, TinyRuns.data(), config, listener).run(Trainer.Snapshots.NONE);
    assertTrue(messages.get(0).contains("a model in training is in use"), messages.get(0));
  }

  private static <T> List<T> inThreads(Callable<T> work) throws Exception {
    List<Callable<T>> same = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      same.add(work);
    }
    return all(same);
  }

  private static <T> List<T> all(List<Callable<T>> work) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(work.size());
    try {
      List<T> results = new ArrayList<>();
      for (Future<T> done : pool.invokeAll(work)) {
        results.add(done.get());
      }
      return results;
    } finally {
      pool.shutdown();
    }
  }
}
