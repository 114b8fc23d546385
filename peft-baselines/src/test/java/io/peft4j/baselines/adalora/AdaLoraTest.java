package io.peft4j.baselines.adalora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.routing.Stream;
import io.peft4j.baselines.Published;
import io.peft4j.baselines.oracle.Dense;
import io.peft4j.baselines.oracle.SiteOracle;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.pertask.PerTask;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.OptionText;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Branches, penalties and pruning are those of the paper, written out here a second time. */
class AdaLoraTest {
  @Test
  void theBranchOfALayer() {
    SiteOracle oracle =
        SiteOracle.of(
            MicroBackbones.swin(),
            "adalora",
            Map.of("initialRank", "3", "targetRank", "2", "alpha", "6", "targets", "attn"));
    List<LinearSite> sites =
        oracle.model().emission().adapted().stream().map(a -> (LinearSite) a.site()).toList();
    assertEquals(8, sites.size());
    for (LinearSite site : sites) {
      double[][] x = oracle.rows(site.input(), Stream.SHARED);
      double[][] w = oracle.frozen(site.weight());
      double[] bias = oracle.frozen(site.bias().orElseThrow())[0];
      oracle.check(
          site,
          Stream.SHARED,
          p -> {
            double[][] left = Dense.scaled(p.get("lora_B"), p.get("lora_E")[0]);
            double[][] update = Dense.product(left, p.get("lora_A"));
            return Dense.linear(x, Dense.sum(w, 6 / 3.0, update), bias);
          });
    }
  }

  @ParameterizedTest
  @CsvSource({"norm, 3", "squared, 3", "norm, 1", "squared, 1"})
  void thePenaltyOfEveryFactor(String form, int rank) {
    SiteOracle oracle =
        SiteOracle.of(
            MicroBackbones.swin(),
            "adalora",
            Map.of(
                "initialRank",
                "" + rank,
                "targetRank",
                "1",
                "penalty",
                form,
                "orthogonality",
                "0.3",
                "targets",
                "proj",
                "perTask",
                "true"));
    List<String> penalties = oracle.model().target().penalties();
    assertEquals(16, penalties.size(), "two factors of four sites of two tasks");
    assertEquals(16, Set.copyOf(penalties).size());
    for (String penalty : penalties) {
      boolean right = penalty.contains("_A");
      String factor = penalty.replace("orthogonality", "lora");
      oracle.check(
          penalty,
          Stream.SHARED,
          Map.of("factor", factor),
          p -> {
            double[][] rows = right ? p.get("factor") : Dense.transposed(p.get("factor"));
            double[][] gram = Dense.product(rows, Dense.transposed(rows));
            double square = 0;
            for (int i = 0; i < rank; i++) {
              for (int j = 0; j < rank; j++) {
                square += Math.pow(gram[i][j] - (i == j ? 1 : 0), 2);
              }
            }
            double value = form.equals("norm") ? Math.sqrt(square) / 16 : square;
            return new double[][] {{0.3 * value}};
          });
    }
  }

  @Test
  void withoutWeightThereIsNoPenalty() {
    assertEquals(
        List.of(), Published.count("swin-tiny", "adalora", "orthogonality=0").target().penalties());
  }

  private static final int STEPS = 8;

  /** A model whose budget is fixed after five of eight steps. */
  private static PeftModel pruned() {
    Map<String, String> options =
        Map.of(
            "initialRank",
            "3",
            "targetRank",
            "1",
            "warmup",
            "0.125",
            "fixed",
            "0.375",
            "interval",
            "2",
            "beta1",
            "0.6",
            "beta2",
            "0.7",
            "targets",
            "proj");
    PeftModel model =
        Peft.adapt(
            MicroBackbones.swin().build(DataType.DOUBLE),
            "adalora",
            options,
            Published.PASCAL.subList(0, 1));
    model.beforeTraining(STEPS);
    return model;
  }

  /** A step that leaves random values, as an optimizer would; returns its random gradients. */
  private static Map<String, INDArray> randomStep(PeftModel model, int step) {
    Map<String, INDArray> gradients = new HashMap<>();
    for (Map.Entry<String, INDArray> e : model.arrays().entrySet()) {
      e.getValue()
          .assign(SiteOracle.normal(31 * step + e.getKey().hashCode(), e.getValue().shape()));
      gradients.put(
          e.getKey(), SiteOracle.normal(57 * step + e.getKey().hashCode(), e.getValue().shape()));
    }
    return gradients;
  }

  /** A training that is saved after any step, and loaded, prunes as if it had gone on. */
  @Test
  void aResumedTrainingPrunesTheSame() {
    PeftModel whole = pruned();
    List<Map<String, INDArray>> states = new ArrayList<>();
    for (int step = 1; step <= STEPS; step++) {
      whole.afterStep(step, randomStep(whole, step));
      Map<String, INDArray> state = new HashMap<>();
      whole.state().forEach((name, a) -> state.put(name, a.dup()));
      states.add(state);
    }
    for (int saved = 1; saved < STEPS; saved++) {
      PeftModel resumed = pruned();
      resumed.load(states.get(saved - 1));
      for (int step = saved + 1; step <= STEPS; step++) {
        resumed.afterStep(step, randomStep(resumed, step));
      }
      assertEquals(whole.state(), resumed.state(), "saved after step " + saved);
    }
  }

  /** Eight steps with random gradients, the paper's algorithm beside the method's. */
  @Test
  void theLeastImportantTripletsArePruned() {
    PeftModel model = pruned();
    Map<String, double[][]> smooth = new HashMap<>();
    Map<String, double[][]> deviation = new HashMap<>();
    Set<String> chosen = Set.of();
    // 12 triplets, target 4: (12 - 4)·(1 - (s - 1)/4)³ + 4 after steps 2, 4 and, for good, 5
    Map<Integer, Integer> budgets = Map.of(2, 7, 4, 4, 5, 4);
    for (int step = 1; step <= STEPS; step++) {
      Map<String, INDArray> gradients = randomStep(model, step);
      if (step <= 5) {
        model
            .arrays()
            .forEach((name, a) -> smoothen(name, a, gradients.get(name), smooth, deviation));
      }
      model.afterStep(step, gradients);
      if (budgets.containsKey(step)) {
        chosen = leastImportant(smooth, deviation, 12 - budgets.get(step));
      }
      boolean prunes = budgets.containsKey(step) || step > 5;
      assertEquals(prunes ? chosen : Set.of(), zeros(model), "step " + step);
    }
    assertEquals(8, chosen.size());
  }

  @Test
  void oneModelPerTaskHasABudgetPerTask() {
    MethodDescriptor adalora = MethodRegistry.discover().get("adalora");
    Map<String, String> options =
        OptionText.parse("initialRank=2 targetRank=1 warmup=0 fixed=0.5 targets=proj");
    PeftModel model =
        Peft.adapt(
            MicroBackbones.swin().build(DataType.DOUBLE),
            PerTask.of(adalora.method()),
            adalora.configure(options),
            Published.PASCAL.subList(0, 2),
            1);
    model.beforeTraining(2);
    model.afterStep(1, randomStep(model, 1));
    for (String task : List.of("semseg", "human_parts")) {
      long pruned =
          model.arrays().entrySet().stream()
              .filter(e -> e.getKey().endsWith("lora_E." + task))
              .mapToLong(e -> e.getValue().eq(0).castTo(DataType.INT32).sumNumber().longValue())
              .sum();
      assertEquals(4, pruned, "of eight triplets of " + task);
    }
  }

  private static void smoothen(
      String name,
      INDArray values,
      INDArray gradient,
      Map<String, double[][]> smooth,
      Map<String, double[][]> deviation) {
    double[][] w = Dense.of(values);
    double[][] g = Dense.of(gradient);
    double[][] s = smooth.computeIfAbsent(name, n -> new double[w.length][w[0].length]);
    double[][] u = deviation.computeIfAbsent(name, n -> new double[w.length][w[0].length]);
    for (int i = 0; i < w.length; i++) {
      for (int j = 0; j < w[i].length; j++) {
        double now = Math.abs(w[i][j] * g[i][j]);
        s[i][j] = 0.6 * s[i][j] + 0.4 * now;
        u[i][j] = 0.7 * u[i][j] + 0.3 * Math.abs(now - s[i][j]);
      }
    }
  }

  private static Set<String> leastImportant(
      Map<String, double[][]> smooth, Map<String, double[][]> deviation, int count) {
    Map<String, Double> scores = new TreeMap<>();
    smooth.forEach(
        (name, s) -> {
          double[][] u = deviation.get(name);
          String site = name.substring(0, name.lastIndexOf('.'));
          for (int i = 0; i < s.length; i++) {
            for (int j = 0; j < s[i].length; j++) {
              // Λ is one row here, A has a row and B a column for each triplet
              int triplet = name.endsWith("A") ? i : j;
              int mean = name.endsWith("A") ? s[i].length : s.length;
              scores.merge(site + "#" + triplet, s[i][j] * u[i][j] / mean, Double::sum);
            }
          }
        });
    List<String> order = new ArrayList<>(scores.keySet());
    order.sort(Comparator.comparingDouble(scores::get));
    return new TreeSet<>(order.subList(0, count));
  }

  private static Set<String> zeros(PeftModel model) {
    Set<String> zeros = new TreeSet<>();
    model
        .arrays()
        .forEach(
            (name, a) -> {
              for (int i = 0; name.endsWith("E") && i < a.length(); i++) {
                if (a.getDouble(i) == 0) {
                  zeros.add(name.substring(0, name.lastIndexOf('.')) + "#" + i);
                }
              }
            });
    return zeros;
  }

  @Test
  void aTrainingLoopThatForgetsSomethingIsTold() {
    PeftModel model =
        Peft.adapt(
            MicroBackbones.swin().build(DataType.FLOAT),
            "adalora",
            Map.of(),
            Published.PASCAL.subList(0, 1));
    String early =
        assertThrows(IllegalStateException.class, () -> model.afterStep(1, Map.of())).getMessage();
    assertTrue(early.contains("beforeTraining"), early);
    model.beforeTraining(10);
    String error =
        assertThrows(IllegalStateException.class, () -> model.afterStep(1, Map.of())).getMessage();
    assertTrue(error.contains("no gradient of"), error);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "initialRank=12; 848448", // 12 (70,656 + 48)
        "initialRank=4 targetRank=2 targets=qkv perTask=true; 282816",
      })
  void numbersOnSwinTiny(String options, long numbers) {
    Published.assertTrains(numbers, "swin-tiny", "adalora", options);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "warmup=0.7; warmup 0.7 and fixed 0.3 must not be negative, and together less than 1",
        "targetRank=13; targetRank 13 must be at least 1, and initialRank 12 at least that",
        "targets=kqv; did you mean 'qkv'?",
      })
  void whatDoesNotFitIsRefused(String options, String message) {
    Published.assertRefused(message, "adalora", options);
  }
}
