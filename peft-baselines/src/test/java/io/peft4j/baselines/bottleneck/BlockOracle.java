package io.peft4j.baselines.bottleneck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.backbone.Feature;
import io.peft4j.api.method.Init;
import io.peft4j.api.routing.Task;
import io.peft4j.baselines.bottleneck.PlainAdapter.PlainWeights;
import io.peft4j.graph.GraphExecutors;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.testkit.OptionText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Compares a method on {@link ToyBlocks} with adapters written out in plain Java: features of every
 * task, and the gradient of every trainable by differences of the plain features.
 *
 * @param blocks the backbone
 * @param model the adapted backbone, far from its start
 * @param shape shape of the adapters
 * @param rule the method, written a second time
 */
public record BlockOracle(ToyBlocks blocks, PeftModel model, Bottleneck shape, Rule rule) {
  /** Tasks of every comparison. */
  public static final List<Task> TASKS = List.of(new Task("semseg", 3), new Task("depth", 1));

  private static final int BATCH = 2;
  private static final double STEP = 2e-4;
  private static final int ENTRIES = 4;

  /** The weights of an adapter by the method's equations. */
  @FunctionalInterface
  public interface Rule {
    /**
     * The weights at a site.
     *
     * @param site path of the tap
     * @param stage index of the stage, which has one block
     * @param width channels
     * @param task the task
     * @param params what is trained
     */
    PlainWeights weights(String site, int stage, int width, String task, Params params);
  }

  /** Adapts by options written as {@code name=value}; nothing of the backbone is unfrozen. */
  public static PeftModel adapt(ToyBlocks blocks, String method, String options) {
    Map<String, String> map = OptionText.parse(options);
    boolean unfreezes =
        MethodRegistry.discover().get(method).options().stream()
            .anyMatch(o -> o.name().equals("unfreeze"));
    if (unfreezes) {
      map.put("unfreeze", "");
    }
    return Peft.adapt(blocks.backbone(), method, map, TASKS);
  }

  /** Draws every trainable anew, large enough that no term hides. */
  public static PeftModel trained(PeftModel model) {
    model
        .arrays()
        .forEach((name, array) -> array.assign(normal(name.hashCode(), 0.6, array.shape())));
    return model;
  }

  /** Features and gradients agree. */
  public void check() {
    features();
    gradients();
  }

  /** The features of every task agree. */
  public void features() {
    Map<String, List<INDArray>> found = model.features(image());
    Plain plain = new Plain();
    for (Task task : TASKS) {
      List<double[][]> expected = plain.features(task);
      for (int s = 0; s < expected.size(); s++) {
        double[] actual = found.get(task.name()).get(s).data().asDouble();
        double[] wanted = flat(expected.get(s));
        assertEquals(wanted.length, actual.length);
        double scale = 1;
        for (double e : wanted) {
          scale = Math.max(scale, Math.abs(e));
        }
        for (int i = 0; i < wanted.length; i++) {
          assertEquals(wanted[i], actual[i], 1e-11 * scale, task.name() + ", stage " + s);
        }
      }
    }
  }

  private void gradients() {
    SameDiff graph = model.target().graph();
    List<SDVariable> terms = new ArrayList<>();
    for (Task task : TASKS) {
      for (Feature f : model.features(task.name())) {
        INDArray c =
            normal(seed(task, f.place().stage()), 1, BATCH, ToyBlocks.TOKENS, f.channels());
        String name = "cotangent." + task.name() + "." + f.place().stage();
        SDVariable weighted = graph.getVariable(f.name()).mul(graph.constant(name, c));
        terms.add(model.target().ops().sum(weighted, false, 0, 1, 2));
      }
    }
    SDVariable loss = terms.stream().reduce(SDVariable::add).orElseThrow();
    List<String> names = List.copyOf(model.arrays().keySet());
    Map<String, INDArray> found = new HashMap<>();
    try (GraphExecutor executor = GraphExecutors.forTraining(graph, loss.name(), names)) {
      Map<String, INDArray> inputs = new HashMap<>(model.noiseOff(BATCH));
      inputs.put(ToyBlocks.IMAGE, image());
      executor.gradients(inputs, List.of()).gradients().forEach((n, g) -> found.put(n, g.dup('c')));
    }
    Plain plain = new Plain();
    names.forEach(name -> plain.compare(name, found.get(name)));
  }

  /** The model in plain numbers. */
  private final class Plain {
    private final Params params = new Params(model.arrays());
    private final double[][] rows =
        image().reshape((long) BATCH * ToyBlocks.TOKENS, blocks.widths().get(0)).toDoubleMatrix();
    private final Map<Long, double[]> cotangents = new HashMap<>();

    List<double[][]> features(Task task) {
      PlainAdapter adapter =
          new PlainAdapter(
              shape,
              site -> {
                int stage = Integer.parseInt(site.split("\\.")[1]);
                return rule.weights(site, stage, blocks.widths().get(stage), task.name(), params);
              });
      return blocks.features(rows, adapter);
    }

    void compare(String name, INDArray gradient) {
      double[] values = params.vector(name);
      double largest = gradient.amaxNumber().doubleValue();
      assertTrue(largest > 0, name + " has no gradient");
      for (int k = 0; k < Math.min(ENTRIES, values.length); k++) {
        // spread over the whole array, both ends included
        int i =
            values.length <= ENTRIES ? k : (int) ((long) k * (values.length - 1) / (ENTRIES - 1));
        assertEquals(
            difference(values, i),
            gradient.data().getDouble(i),
            1e-7 * Math.max(1, largest),
            "%s at %d".formatted(name, i));
      }
    }

    /** The sixth-order central difference. */
    private double difference(double[] values, int i) {
      double x = values[i];
      double[] coefficients = {45, -9, 1};
      double sum = 0;
      for (int k = 1; k <= coefficients.length; k++) {
        values[i] = x + k * STEP;
        double above = loss();
        values[i] = x - k * STEP;
        sum += coefficients[k - 1] * (above - loss());
      }
      values[i] = x;
      return sum / (60 * STEP);
    }

    private double loss() {
      double sum = 0;
      for (Task task : TASKS) {
        List<double[][]> features = features(task);
        for (int s = 0; s < features.size(); s++) {
          double[] plain = flat(features.get(s));
          double[] c =
              cotangents.computeIfAbsent(
                  seed(task, s), seed -> normal(seed, 1, 1, plain.length).data().asDouble());
          for (int i = 0; i < plain.length; i++) {
            sum += c[i] * plain[i];
          }
        }
      }
      return sum;
    }
  }

  private INDArray image() {
    return normal(5, 1, BATCH, 1, ToyBlocks.TOKENS, blocks.widths().get(0));
  }

  private static long seed(Task task, int stage) {
    return 31L * task.name().hashCode() + stage;
  }

  private static double[] flat(double[][] rows) {
    return java.util.Arrays.stream(rows).flatMapToDouble(java.util.Arrays::stream).toArray();
  }

  static INDArray normal(long seed, double std, long... shape) {
    return Init.normal(std).create(new SplittableRandom(seed), DataType.DOUBLE, shape);
  }
}
