package io.peft4j.benchmarks.work;

import io.peft4j.harness.head.Decoder;
import io.peft4j.harness.train.MultiTaskModel;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Running statistics of batch norms, which a training step keeps. */
final class RunningStatistics {
  private final List<Decoder.RunningStatistic> statistics;
  private final Map<String, INDArray> buffers;
  private final long batch;

  RunningStatistics(MultiTaskModel model, long batch) {
    this.statistics = model.statistics();
    this.buffers = model.peft().target().buffers();
    this.batch = batch;
  }

  /** Variables that {@link #update} reads. */
  List<String> variables() {
    return statistics.stream().flatMap(s -> Stream.of(s.batchMean(), s.batchVariance())).toList();
  }

  void update(Map<String, INDArray> values) {
    for (Decoder.RunningStatistic s : statistics) {
      double rows = (double) batch * s.rows();
      blend(s.runningMean(), values.get(s.batchMean()), 1);
      blend(s.runningVariance(), values.get(s.batchVariance()), rows / Math.max(1, rows - 1));
    }
  }

  private void blend(String buffer, INDArray value, double factor) {
    double m = Decoder.RunningStatistic.MOMENTUM;
    INDArray running = buffers.get(buffer);
    running.muli(1 - m).addi(value.reshape(running.shape()).mul(m * factor));
  }
}
