package io.peft4j.benchmarks.libtorch;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/** Steps of a work: a prediction, or forward, backward and AdamW. */
final class Stepper implements AutoCloseable {
  private static final double LEARNING_RATE = 1e-4;
  private static final double WEIGHT_DECAY = 0.05;
  private static final double NANOS_PER_MILLI = 1e6;

  private final PointerScope scope = new PointerScope();
  private final Work work;
  private final Attention attention;
  private final AdamW optimizer;

  Stepper(Work work, Attention attention) {
    this.work = work;
    this.attention = attention;
    TensorVector parameters = new TensorVector();
    work.trainables().values().forEach(parameters::push_back);
    AdamWOptions options = new AdamWOptions(LEARNING_RATE);
    options.weight_decay().put(WEIGHT_DECAY);
    this.optimizer = new AdamW(parameters, options);
  }

  /** One step; the loss, or the sum of the logits. */
  @SuppressWarnings("try") // a scope or mode is in force, not used
  double step() {
    try (PointerScope inner = new PointerScope()) {
      if (work.isForwardOnly()) {
        return work.predict(attention).sum().item_double();
      }
      optimizer.zero_grad(true);
      Tensor loss = work.loss(attention);
      loss.backward();
      optimizer.step();
      return loss.item_double();
    }
  }

  /** Milliseconds of each of {@code repeats} steps, after {@code warmup} that are not counted. */
  List<Double> millis(int warmup, int repeats) {
    List<Double> millis = new ArrayList<>();
    for (int i = -warmup; i < repeats; i++) {
      long start = System.nanoTime();
      double result = step();
      if (!Double.isFinite(result)) {
        throw new IllegalStateException("a step gives %s".formatted(result));
      }
      if (i >= 0) {
        millis.add((System.nanoTime() - start) / NANOS_PER_MILLI);
      }
    }
    return millis;
  }

  @Override
  public void close() {
    scope.close();
  }
}
