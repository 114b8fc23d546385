package io.peft4j.harness.train;

import io.peft4j.harness.head.Decoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Running means and variances of batch norms. Those of a step are kept aside until its update is
 * made, so that a step that fails leaves no trace.
 *
 * <p>Not safe for use by several threads; it belongs to the training.
 */
public final class RunningStatistics {
  private final List<Decoder.RunningStatistic> statistics;
  private final Map<String, INDArray> buffers;
  private final List<Seen> pending = new ArrayList<>();

  /** What a step measured; copies, since the next step reuses its outputs. */
  private record Seen(
      Decoder.RunningStatistic statistic, INDArray mean, INDArray variance, double rows) {}

  /** The statistics of a model, in its buffers. */
  public RunningStatistics(MultiTaskModel model) {
    this.statistics = model.statistics();
    this.buffers = model.peft().target().buffers();
  }

  /** Outputs that a step has to give. */
  public List<String> watched() {
    List<String> names = new ArrayList<>();
    for (Decoder.RunningStatistic s : statistics) {
      names.add(s.batchMean());
      names.add(s.batchVariance());
    }
    return names;
  }

  /** Notes the outputs of a step of {@code batch} images. */
  public void note(Map<String, INDArray> outputs, long batch) {
    for (Decoder.RunningStatistic s : statistics) {
      INDArray mean = outputs.get(s.batchMean()).dup('c');
      INDArray variance = outputs.get(s.batchVariance()).dup('c');
      pending.add(new Seen(s, mean, variance, (double) batch * s.rows()));
    }
  }

  /** Blends what was noted in, in the order of the steps. */
  public void apply() {
    for (Seen seen : pending) {
      blend(seen.statistic.runningMean(), seen.mean, 1);
      // The running variance is the unbiased one, as PyTorch keeps it.
      blend(
          seen.statistic.runningVariance(), seen.variance, seen.rows / Math.max(1, seen.rows - 1));
    }
    pending.clear();
  }

  private void blend(String name, INDArray batch, double factor) {
    INDArray running = buffers.get(name);
    double m = Decoder.RunningStatistic.MOMENTUM;
    running.muli(1 - m).addi(batch.reshape(running.shape()).mul(m * factor));
  }
}
