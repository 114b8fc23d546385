package io.peft4j.graph.plan;

import io.peft4j.graph.exec.Feeds;
import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.exec.SingleUse;
import io.peft4j.graph.natives.NativeHeap;
import io.peft4j.graph.ops.GraphAudit;
import io.peft4j.graph.plan.Compiled.Objective;
import io.peft4j.graph.plan.kernel.CpuKernels;
import io.peft4j.graph.plan.kernel.KernelProvider;
import io.peft4j.graph.plan.kernel.ReferenceKernels;
import io.peft4j.graph.plan.memory.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Runs a graph by compiled plans: one for each set of outputs and shapes of inputs, all in one
 * arena.
 *
 * <p>Not safe for use by several threads; a second one is refused while one computes. {@code
 * Predictor} is for several.
 */
public final class PlanExecutor implements GraphExecutor {
  /** Train, evaluate, and the last partial batch of each. */
  private static final int MOST_PLANS = 6;

  private static final long TRIMMED_EVERY = 64;

  private final SameDiff graph;
  private final Optional<Objective> objective;
  private final List<KernelProvider> providers;
  private final Arena arena = new Arena();
  private final List<Entry> entries = new ArrayList<>();
  private final SingleUse use =
      new SingleUse("a plan's executor", "make one for each thread, or a Predictor for all");
  private boolean profiling;
  private long runs;

  /** A plan, and its kernels as long as the arena stays where it is. */
  private static final class Entry {
    final boolean backward;
    final List<String> outputs;
    final Compiled plan;
    Optional<Bound> bound = Optional.empty();
    int version;

    Entry(boolean backward, List<String> outputs, Compiled plan) {
      this.backward = backward;
      this.outputs = outputs;
      this.plan = plan;
    }

    boolean serves(boolean gradients, List<String> wanted, Map<String, INDArray> inputs) {
      return backward == gradients
          && outputs.equals(wanted)
          && plan.feeds().entrySet().stream()
              .allMatch(
                  f -> {
                    INDArray fed = inputs.get(f.getKey());
                    return fed == null || Arrays.equals(fed.shape(), f.getValue().shape());
                  });
    }
  }

  private PlanExecutor(
      SameDiff graph, Optional<Objective> objective, List<KernelProvider> providers) {
    Feeds.requirePrecision(graph);
    this.graph = graph;
    this.objective = objective;
    this.providers = providers;
  }

  /** Kernels of this machine first, those that run anywhere after. */
  private static List<KernelProvider> providers() {
    List<KernelProvider> all = new ArrayList<>();
    CpuKernels.find(threads()).ifPresent(all::add);
    all.add(ReferenceKernels.create());
    return all;
  }

  /** As many as ND4J's own operations use, which OpenMP takes from here too. */
  private static int threads() {
    String told = System.getenv("OMP_NUM_THREADS");
    boolean isNumber = told != null && told.matches("[1-9][0-9]{0,3}");
    return isNumber ? Integer.parseInt(told) : Runtime.getRuntime().availableProcessors();
  }

  /** An executor for outputs only. */
  public static PlanExecutor forInference(SameDiff graph) {
    return forInference(graph, providers());
  }

  static PlanExecutor forInference(SameDiff graph, List<KernelProvider> providers) {
    return new PlanExecutor(graph, Optional.empty(), providers);
  }

  /**
   * An executor for gradients of {@code loss}; the graph is audited first.
   *
   * @throws io.peft4j.graph.ops.AuditException if an operation is not in the catalogue, a trainable
   *     cannot be reached, or there is none
   */
  public static PlanExecutor forTraining(
      SameDiff graph, String loss, Collection<String> trainables) {
    return forTraining(graph, loss, trainables, Activations.kept());
  }

  /**
   * As {@link #forTraining(SameDiff, String, Collection)}, with a choice between memory and time.
   */
  public static PlanExecutor forTraining(
      SameDiff graph, String loss, Collection<String> trainables, Activations activations) {
    return forTraining(graph, loss, trainables, activations, providers());
  }

  static PlanExecutor forTraining(
      SameDiff graph,
      String loss,
      Collection<String> trainables,
      Activations activations,
      List<KernelProvider> providers) {
    GraphAudit.check(graph, trainables, List.of(loss));
    Objective objective = new Objective(loss, List.copyOf(trainables), activations);
    return new PlanExecutor(graph, Optional.of(objective), providers);
  }

  @Override
  public Map<String, INDArray> outputs(Map<String, INDArray> inputs, Collection<String> outputs) {
    return use.alone(() -> run(false, List.copyOf(outputs), inputs).outputs());
  }

  @Override
  public Step gradients(Map<String, INDArray> inputs, Collection<String> outputs) {
    if (objective.isEmpty()) {
      throw new IllegalStateException("an executor for inference has no gradients");
    }
    return use.alone(
        () -> {
          Bound done = run(true, List.copyOf(outputs), inputs);
          return new Step(
              new LinkedHashMap<>(done.gradients()), new LinkedHashMap<>(done.outputs()));
        });
  }

  /** The instructions for given outputs and inputs, as text. */
  public String dump(boolean gradients, Map<String, INDArray> inputs, Collection<String> outputs) {
    return use.alone(() -> entry(gradients, List.copyOf(outputs), inputs).plan.program().dump());
  }

  /** From now on each instruction is timed; see {@link #profiles}. */
  public void startProfiling() {
    profiling = true;
  }

  /** What was measured, one profile a plan, the last used last. */
  public List<Profile> profiles() {
    return entries.stream().flatMap(e -> e.bound.stream()).map(Bound::profile).toList();
  }

  @Override
  public void close() {
    use.alone(
        () -> {
          entries.clear();
          arena.close();
        });
  }

  private Bound run(boolean gradients, List<String> wanted, Map<String, INDArray> inputs) {
    Entry entry = entry(gradients, wanted, inputs);
    entry.plan.feeds().keySet().forEach(name -> require(name, inputs));
    int version = arena.require(entry.plan.allocation().sizes());
    Optional<Bound> current = entry.version == version ? entry.bound : Optional.empty();
    Bound bound = current.orElseGet(() -> new Bound(entry.plan, arena, providers));
    entry.bound = Optional.of(bound);
    entry.version = version;
    if (profiling) {
      bound.measure(inputs);
    } else {
      bound.run(inputs);
    }
    if (isSettling(++runs)) {
      NativeHeap.trim();
    }
    return bound;
  }

  /**
   * Compilers, of the graph first and of Java's code for many runs after, leave much behind that
   * they have freed.
   */
  private static boolean isSettling(long runs) {
    return Long.bitCount(runs) == 1 || runs % TRIMMED_EVERY == 0;
  }

  private Entry entry(boolean gradients, List<String> wanted, Map<String, INDArray> inputs) {
    Feeds.require(graph, inputs);
    for (int i = 0; i < entries.size(); i++) {
      if (entries.get(i).serves(gradients, wanted, inputs)) {
        Entry entry = entries.remove(i);
        entries.add(entry); // the last is the last used
        return entry;
      }
    }
    Compiled plan = compile(gradients, wanted, inputs);
    if (entries.size() == MOST_PLANS) {
      entries.remove(0);
    }
    Entry entry = new Entry(gradients, wanted, plan);
    entries.add(entry);
    return entry;
  }

  private Compiled compile(boolean gradients, List<String> wanted, Map<String, INDArray> inputs) {
    // SameDiff's tables are no concurrent ones, and other executors may compile the same graph.
    synchronized (graph) {
      return Compiled.of(
          graph,
          wanted,
          gradients ? objective : Optional.empty(),
          name -> require(name, inputs).shape(),
          providers.stream().anyMatch(KernelProvider::takesRegions));
    }
  }

  private static INDArray require(String name, Map<String, INDArray> inputs) {
    INDArray array = inputs.get(name);
    if (array == null) {
      throw new IllegalArgumentException(
          "placeholder '%s' is not fed; fed: %s".formatted(name, inputs.keySet()));
    }
    return array;
  }
}
