package io.peft4j.harness.run;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.peft4j.harness.metric.Score;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A line of a comparison: a method, or the single-task models taken together.
 *
 * @param name method id, or {@link #SINGLE_TASK}
 * @param status how its runs ended; failed if one failed
 * @param error what went wrong, if it failed
 * @param scores main value by task
 * @param deltaM Δm in percent; absent where a run that it needs failed
 * @param total parameters, summed over the models
 * @param trainable trainable parameters as the papers count, summed over the models
 * @param backboneTrainable trainable parameters without decoders, summed over the models
 * @param macsConvention multiply-accumulates of one image as the papers count
 * @param macsFull with attention products and adapter branches
 * @param seconds time of its runs
 * @param runs folders of its runs below the comparison's; one, or one per task
 */
public record ComparisonRow(
    String name,
    RunResult.Status status,
    @Nullable String error,
    Map<String, Score> scores,
    @Nullable Double deltaM,
    long total,
    long trainable,
    long backboneTrainable,
    long macsConvention,
    long macsFull,
    double seconds,
    List<String> runs) {
  /** Name of the line of single-task models. */
  public static final String SINGLE_TASK = "single task";

  /** Copies the collections, keeping their order. */
  public ComparisonRow {
    scores = ImmutableMap.copyOf(scores);
    runs = ImmutableList.copyOf(runs);
  }

  /** True if there are results. */
  public boolean ok() {
    return status == RunResult.Status.OK;
  }

  /** One run or several taken together: scores are joined, numbers added. */
  static ComparisonRow of(
      String name, List<String> folders, List<RunResult> results, @Nullable Double deltaM) {
    ImmutableMap.Builder<String, Score> scores = ImmutableMap.builder();
    long[] sums = new long[5];
    double seconds = 0;
    String error = null;
    for (RunResult r : results) {
      scores.putAll(r.scores());
      seconds += r.seconds();
      if (r.parameters() != null) {
        sums[0] += r.parameters().total();
        sums[1] += r.parameters().trainable();
        sums[2] += r.parameters().backboneTrainable();
      }
      if (r.macs() != null) {
        sums[3] += r.macs().convention();
        sums[4] += r.macs().full();
      }
      if (!r.ok() && error == null) {
        error = r.error();
      }
    }
    boolean ok = results.stream().allMatch(RunResult::ok);
    return new ComparisonRow(
        name,
        ok ? RunResult.Status.OK : RunResult.Status.FAILED,
        error,
        scores.buildOrThrow(),
        deltaM,
        sums[0],
        sums[1],
        sums[2],
        sums[3],
        sums[4],
        seconds,
        folders);
  }
}
