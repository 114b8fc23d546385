package io.peft4j.harness.run;

import com.google.common.util.concurrent.Uninterruptibles;
import io.peft4j.api.routing.Task;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.Predictor;
import io.peft4j.graph.natives.Diagnosis;
import io.peft4j.graph.registry.MethodRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Environment;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What a process may do before it trains, at random: none of it may change a bit of the training.
 * It puts back what belongs to the whole process, such as ND4J's number of threads.
 */
final class OtherWork implements AutoCloseable {
  private static final int ACTS = 3;

  /** One kind of work. */
  private interface Act {
    void run() throws Exception;
  }

  private final Random random;
  private final Path folder;
  private final List<Runnable> open = new ArrayList<>();
  private final List<INDArray> kept = new ArrayList<>();
  private final List<Act> acts =
      List.of(
          this::arrays,
          this::sharedRandomNumbers,
          this::reductions,
          () -> predict(DataType.FLOAT),
          () -> predict(DataType.DOUBLE),
          this::otherThreads,
          this::training,
          this::company,
          Diagnosis::take,
          System::gc);
  private int runs;

  OtherWork(Random random, Path folder) {
    this.random = random;
    this.folder = folder;
  }

  /** Some of it. */
  void some() throws Exception {
    for (int i = 0; i < ACTS; i++) {
      acts.get(random.nextInt(acts.size())).run();
    }
  }

  /** All of it, in random order. */
  void all() throws Exception {
    List<Act> order = new ArrayList<>(acts);
    Collections.shuffle(order, random);
    for (Act act : order) {
      act.run();
    }
  }

  /** Sizes from bytes to megabytes, with contents that would be seen; half of them are freed. */
  private void arrays() {
    for (int i = 0; i < 200; i++) {
      DataType type = random.nextBoolean() ? DataType.FLOAT : DataType.DOUBLE;
      INDArray array = Nd4j.createUninitialized(type, 1 + random.nextInt(1 << random.nextInt(20)));
      array.assign(random.nextInt(5) == 0 ? Double.NaN : random.nextGaussian() * 1e6);
      kept.add(array);
    }
    Collections.shuffle(kept, random);
    while (kept.size() > 100) {
      kept.remove(kept.size() - 1).close();
    }
  }

  private void sharedRandomNumbers() {
    Nd4j.getRandom().setSeed(random.nextLong());
    kept.add(Nd4j.randn(DataType.FLOAT, 1 + random.nextInt(1000)));
  }

  private void reductions() {
    INDArray x = gaussian(DataType.FLOAT, 1 + random.nextInt(300), 1 + random.nextInt(300));
    x.sum(0);
    x.sum(1);
    x.norm2Number();
    x.mmul(x.transpose());
  }

  /** With a model of any method; its plan is left open, or all is closed. */
  private void predict(DataType type) throws Exception {
    var methods = MethodRegistry.discover().methods();
    String method = methods.get(random.nextInt(methods.size())).id();
    PeftModel model =
        Peft.adapt(
            Swin.build(TinyRuns.backbone(), WeightSource.random(random.nextLong()), type),
            method,
            RunDefaults.options(method, TinyRuns.backbone().id()),
            List.of(new Task("a", 1), new Task("b", 1)));
    int batch = 1 + random.nextInt(5);
    Map<String, INDArray> inputs = new HashMap<>(model.noiseOff(batch));
    inputs.put(
        model.backbone().image().name(), gaussian(type, batch, 3, TinyRuns.SIZE, TinyRuns.SIZE));
    Predictor predictor = model.predictor(1);
    predictor.outputs(inputs, List.of(model.features("a").get(0).name()));
    if (random.nextBoolean()) {
      open.add(predictor::close);
    } else {
      predictor.close();
    }
  }

  /** Predicts with another number of threads than ND4J has, and puts it back. */
  private void otherThreads() throws Exception {
    Environment environment = Nd4j.getEnvironment();
    int all = environment.maxThreads();
    int master = environment.maxMasterThreads();
    environment.setMaxThreads(1 + random.nextInt(4));
    environment.setMaxMasterThreads(1);
    try {
      predict(DataType.FLOAT);
    } finally {
      environment.setMaxThreads(all);
      environment.setMaxMasterThreads(master);
    }
  }

  /** Of another method, in a thread of its own. */
  private void training() throws Exception {
    String method = List.of("bitfit", "vpt-deep", "lora", "adapter").get(random.nextInt(4));
    List<Exception> failures = new ArrayList<>();
    int run = runs++;
    Thread thread =
        new Thread(
            () -> {
              try {
                TrainedBits.of(TrainedBits.spec(method, Map.of()), folder.resolve("other-" + run));
              } catch (Exception e) {
                failures.add(e);
              }
            });
    thread.start();
    thread.join();
    if (!failures.isEmpty()) {
      throw failures.get(0);
    }
  }

  /** A thread that computes beside the training until all is closed. */
  private void company() {
    Thread thread =
        new Thread(
            () -> {
              INDArray x = Nd4j.ones(DataType.FLOAT, 300, 300);
              while (!Thread.currentThread().isInterrupted()) {
                x.sumNumber();
                x.mmul(x);
                x.mean(1);
              }
            });
    thread.setDaemon(true);
    thread.start();
    open.add(
        () -> {
          thread.interrupt();
          Uninterruptibles.joinUninterruptibly(thread);
        });
  }

  private INDArray gaussian(DataType type, long... shape) {
    INDArray array = Nd4j.createUninitialized(type, shape);
    for (long i = 0; i < array.length(); i++) {
      array.putScalar(i, random.nextGaussian());
    }
    return array;
  }

  @Override
  public void close() {
    open.forEach(Runnable::run);
    open.clear();
    kept.clear();
  }
}
