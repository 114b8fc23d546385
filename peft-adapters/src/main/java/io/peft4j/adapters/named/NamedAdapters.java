package io.peft4j.adapters.named;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Maps;
import io.peft4j.adapters.Adapter;
import io.peft4j.adapters.BackboneMark;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.PeftModel;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Several adapters on one backbone, of which one is in use.
 *
 * <p>Adapters of one method and configuration share a graph: switching between them copies their
 * arrays into it, and nothing is built. Frozen weights are shared by all graphs. What an adapter in
 * use is taught through {@link #model()} it keeps when another one takes its place.
 *
 * <pre>{@code
 * try (NamedAdapters adapters = new NamedAdapters(backbone, tasks)) {
 *   adapters.add("indoor", indoor);
 *   adapters.add("street", street);
 *   adapters.use("street");
 *   Map<String, List<INDArray>> features = adapters.features(images);
 *   try (NamedAdapters.Disabled off = adapters.disable()) {
 *     features = adapters.features(images); // of the frozen backbone
 *   }
 * }
 * }</pre>
 *
 * <p>Safe for use by several threads. One at a time computes.
 */
public final class NamedAdapters implements AutoCloseable {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]*");

  /** In the keys of files an adapter's name would be taken for a parameter of the method. */
  private static final String RESERVED = "lora_";

  private final Backbone backbone;
  private final BackboneMark mark;
  private final List<Task> tasks;
  private final Map<String, Adapter> adapters = new LinkedHashMap<>();
  private final Map<GraphKey, AdapterGraph> graphs = new LinkedHashMap<>();
  private @Nullable String active;
  private @Nullable AdapterGraph plain;
  private int disabled;
  private boolean closed;

  /** What makes two adapters take one graph. */
  private record GraphKey(String method, Record config, boolean perTask) {
    static GraphKey of(Adapter adapter) {
      return new GraphKey(adapter.method(), adapter.config(), adapter.perTask());
    }
  }

  /** What an adapter's exchange took. */
  public enum Swap {
    /** Arrays were copied into the graph that is there. */
    IN_PLACE,
    /** The configuration is another one, and so is the graph. */
    REBUILT
  }

  /** While it is open, no adapter is in use. */
  public interface Disabled extends AutoCloseable {
    @Override
    void close();
  }

  /** No adapters yet: features are those of the frozen backbone. */
  public NamedAdapters(Backbone backbone, List<Task> tasks) {
    this.backbone = backbone;
    this.mark = BackboneMark.of(backbone);
    this.tasks = ImmutableList.copyOf(tasks);
  }

  /**
   * Adds an adapter; the one in use stays.
   *
   * @param name letters, digits, dashes and underscores
   * @throws InputException if the name is taken or is none, or the adapter is for another backbone
   *     or other tasks
   */
  public synchronized void add(String name, Adapter adapter) {
    requireOpen();
    requireName(name);
    if (adapters.containsKey(name)) {
      throw new InputException(
          "an adapter '%s' is there already; swap or remove it".formatted(name));
    }
    checkedGraph(adapter);
    adapters.put(name, adapter);
  }

  /** Names in the order in which they were added. */
  public synchronized List<String> names() {
    return List.copyOf(adapters.keySet());
  }

  /** The adapter in use, whether or not it is disabled for now. */
  public synchronized Optional<String> active() {
    return Optional.ofNullable(active);
  }

  /**
   * An adapter as it is now.
   *
   * @throws InputException if there is none of that name
   */
  public synchronized Adapter get(String name) {
    Adapter adapter = known(name);
    return name.equals(active) ? taught(adapter) : adapter;
  }

  /**
   * Puts an adapter to use.
   *
   * @throws InputException if there is none of that name
   */
  public synchronized void use(String name) {
    requireOpen();
    Adapter adapter = known(name);
    if (name.equals(active)) {
      return;
    }
    keepWhatWasTaught();
    graph(adapter).load(adapter.state());
    active = name;
  }

  /**
   * Removes an adapter; where it was in use, none is.
   *
   * @throws InputException if there is none of that name
   */
  public synchronized void remove(String name) {
    requireOpen();
    Adapter removed = known(name);
    adapters.remove(name);
    if (name.equals(active)) {
      active = null;
    }
    dropUnused(GraphKey.of(removed));
  }

  /**
   * Exchanges an adapter for another under the same name, in use or not: in place where method and
   * configuration agree.
   *
   * @throws InputException if there is none of that name, or the other one does not fit; the old
   *     one stays then
   */
  public synchronized Swap swap(String name, Adapter other) {
    requireOpen();
    Adapter before = known(name);
    AdapterGraph graph = checkedGraph(other);
    boolean inPlace = GraphKey.of(before).equals(GraphKey.of(other));
    if (name.equals(active)) {
      graph.load(other.state());
    }
    adapters.put(name, other);
    if (!inPlace) {
      dropUnused(GraphKey.of(before));
    }
    return inPlace ? Swap.IN_PLACE : Swap.REBUILT;
  }

  /** Features of the frozen backbone until the result is closed; such blocks may nest. */
  public synchronized Disabled disable() {
    requireOpen();
    disabled++;
    boolean[] done = new boolean[1];
    return () -> {
      synchronized (this) {
        if (!done[0]) {
          done[0] = true;
          disabled--;
        }
      }
    };
  }

  /**
   * Features of all tasks, see {@link PeftModel#features(INDArray)}, of the adapter in use, or of
   * the frozen backbone if there is none or it is disabled.
   */
  public synchronized Map<String, List<INDArray>> features(INDArray images) {
    requireOpen();
    return current().features(images);
  }

  /** The model that {@link #features} computes with; to be taught or to be read, not to be kept. */
  public synchronized PeftModel model() {
    requireOpen();
    return current().model();
  }

  /** Releases all graphs. */
  @Override
  public synchronized void close() {
    closed = true;
    graphs.values().forEach(AdapterGraph::close);
    graphs.clear();
    if (plain != null) {
      plain.close();
    }
  }

  private AdapterGraph current() {
    if (active != null && disabled == 0) {
      return graph(known(active));
    }
    if (plain == null) {
      plain = AdapterGraph.plain(backbone, tasks);
    }
    return plain;
  }

  /** The graph of an adapter that was added. */
  private AdapterGraph graph(Adapter adapter) {
    return Objects.requireNonNull(graphs.get(GraphKey.of(adapter)));
  }

  /** The graph of an adapter that is new here, made where there is none. */
  private AdapterGraph checkedGraph(Adapter adapter) {
    adapter.requireFits(backbone, mark, tasks);
    GraphKey key = GraphKey.of(adapter);
    AdapterGraph known = graphs.get(key);
    if (known == null) {
      AdapterGraph built = AdapterGraph.of(adapter.adapted(backbone, tasks));
      graphs.put(key, built);
      return built;
    }
    known.requireFits(adapter.state());
    return known;
  }

  private void dropUnused(GraphKey key) {
    if (adapters.values().stream().noneMatch(a -> GraphKey.of(a).equals(key))) {
      AdapterGraph unused = graphs.remove(key);
      if (unused != null) {
        unused.close();
      }
    }
  }

  private void keepWhatWasTaught() {
    if (active != null) {
      adapters.put(active, taught(known(active)));
    }
  }

  /** The adapter with the arrays that the graph has for it now; itself if nothing changed. */
  private Adapter taught(Adapter adapter) {
    Map<String, INDArray> now = graph(adapter).model().arrays();
    if (adapter.state().entrySet().stream()
        .allMatch(e -> sameBits(e.getValue(), now.get(e.getKey())))) {
      return adapter;
    }
    return adapter.withState(new TreeMap<>(Maps.transformValues(now, INDArray::dup)));
  }

  private static boolean sameBits(INDArray x, INDArray y) {
    return Arrays.equals(x.dup('c').data().asDouble(), y.dup('c').data().asDouble());
  }

  private Adapter known(String name) {
    Adapter adapter = adapters.get(name);
    if (adapter == null) {
      throw new InputException(
          "no adapter '%s'%s"
              .formatted(
                  name,
                  adapters.isEmpty()
                      ? "; there is none at all"
                      : NearestName.hint(name, adapters.keySet())));
    }
    return adapter;
  }

  private static void requireName(String name) {
    if (!NAME.matcher(name).matches() || name.contains(RESERVED)) {
      throw new InputException(
          "'%s' is no name of an adapter: letters, digits, - and _, and no '%s'"
              .formatted(name, RESERVED));
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the adapters are closed");
    }
  }
}
