package io.peft4j.grouping;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import java.util.List;

/**
 * Measures similarities from gradients, example by example (TGLoRA, section 3.1, eq. 1-3).
 *
 * <p>Eq. 2 divides both gradients by the same {@code |g| + |g'|}, which a cosine does not see: it
 * is the plain cosine of g and g'. Gradients may come in pieces, one backbone parameter after the
 * other; only inner products of tasks are kept, whatever the number of examples.
 *
 * <pre>{@code
 * for each example: for each parameter: meter.add(gradient of each task); meter.endExample();
 * }</pre>
 */
public final class SimilarityMeter {
  private final ImmutableList<String> tasks;
  private final double[][] products;
  private final double[][] cosines;
  private final long[][] examples;

  /** A meter that has seen nothing. */
  public SimilarityMeter(List<String> tasks) {
    this.tasks = ImmutableList.copyOf(tasks);
    int n = tasks.size();
    products = new double[n][n];
    cosines = new double[n][n];
    examples = new long[n][n];
  }

  /**
   * Adds a piece of the current example's gradients.
   *
   * @param gradients for each task, in order, the same part of the gradient of its loss
   */
  public void add(List<float[]> gradients) {
    Preconditions.checkArgument(
        gradients.size() == tasks.size(), "%s gradients for %s", gradients.size(), tasks);
    for (int i = 0; i < gradients.size(); i++) {
      for (int j = 0; j <= i; j++) {
        products[i][j] += dot(gradients.get(i), gradients.get(j));
      }
    }
  }

  /**
   * Ends an example. A task whose gradient is zero (no labels in this image) has no direction and
   * is left out of this example's means.
   *
   * @throws ArithmeticException if a gradient is not finite
   */
  public void endExample() {
    for (int i = 0; i < tasks.size(); i++) {
      if (!Double.isFinite(products[i][i])) {
        throw new ArithmeticException("the gradient of task " + tasks.get(i) + " is not finite");
      }
      for (int j = 0; j < i; j++) {
        if (products[i][i] > 0 && products[j][j] > 0) {
          cosines[i][j] += products[i][j] / Math.sqrt(products[i][i]) / Math.sqrt(products[j][j]);
          examples[i][j]++;
        }
      }
    }
    for (double[] row : products) {
      java.util.Arrays.fill(row, 0);
    }
  }

  /**
   * The mean over the examples so far (eq. 3).
   *
   * @throws InputException if two tasks had no example with a gradient of both
   */
  public Similarity similarity() {
    int n = tasks.size();
    double[][] means = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        if (examples[i][j] == 0) {
          throw new InputException(
              "no example has labels of both %s and %s; use more examples"
                  .formatted(tasks.get(j), tasks.get(i)));
        }
        means[i][j] = cosines[i][j] / examples[i][j];
        means[j][i] = means[i][j];
      }
    }
    return Similarity.of(tasks, means);
  }

  private static double dot(float[] a, float[] b) {
    Preconditions.checkArgument(a.length == b.length, "%s and %s numbers", a.length, b.length);
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
