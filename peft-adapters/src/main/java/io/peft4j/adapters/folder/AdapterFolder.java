package io.peft4j.adapters.folder;

import io.peft4j.adapters.Adapter;
import io.peft4j.adapters.BackboneMark;
import io.peft4j.adapters.HeadTasks;
import io.peft4j.adapters.heads.HeadRecipe;
import io.peft4j.adapters.hf.HfReader;
import io.peft4j.adapters.hf.Leftovers;
import io.peft4j.adapters.json.JsonFile;
import io.peft4j.adapters.json.JsonObject;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.lowrank.LowRankForm;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.Task;
import io.peft4j.backbones.checkpoint.Checkpoint;
import io.peft4j.backbones.files.CheckpointFiles;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.backbones.safetensors.SafetensorsFile;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.graph.registry.PluginMark;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An adapter on disk, of this library or of Hugging Face's peft: {@code adapter_config.json},
 * {@code adapter_model.safetensors}, and where there are some {@code heads.safetensors} with {@code
 * heads.json} and {@code README.md}; {@code adapter_model.bin} of older versions of peft is read
 * too.
 *
 * <p>Low-rank adapters are peft's to the letter; where they come from stands in the metadata of the
 * tensors, which peft does not read. The folder of another method says its id as {@code peft_type},
 * its options as {@code options}, and has its tensors under their own names.
 *
 * <p>Safe for use by several threads. A folder is to be written by one at a time.
 */
public final class AdapterFolder {
  /** The configuration. */
  public static final String CONFIG = "adapter_config.json";

  /** Tensors of the adapter. */
  public static final String MODEL = "adapter_model.safetensors";

  /** Tensors of the heads. */
  public static final String HEADS = "heads.safetensors";

  /** What the heads need besides, see {@link HeadRecipe}. */
  public static final String RECIPE = "heads.json";

  /** The model card. */
  public static final String CARD = "README.md";

  static final String TYPE = "peft_type";
  static final String OPTIONS = "options";
  static final String PER_TASK = "per_task";

  /** What older versions of peft write, by {@code torch.save}. */
  private static final String PICKLED = "adapter_model.bin";

  private static final Logger LOG = LoggerFactory.getLogger(AdapterFolder.class);

  private final Path path;
  private final JsonObject config;
  private final Checkpoint tensors;
  private final Optional<Origin> origin;

  private AdapterFolder(Path path, JsonObject config, Checkpoint tensors, Optional<Origin> origin) {
    this.path = path;
    this.config = config;
    this.tensors = tensors;
    this.origin = origin;
  }

  /**
   * An adapter that was read.
   *
   * @param adapter the adapter
   * @param names whose names of modules the folder has
   * @param notes what the user should know, such as options that are not known here
   */
  public record Loaded(Adapter adapter, String names, List<String> notes) {}

  /**
   * Opens a folder: reads the configuration and the table of the tensors.
   *
   * @throws InputException if the folder holds no adapter, or its files are damaged
   */
  public static AdapterFolder open(Path path) {
    if (!Files.isDirectory(path)) {
      throw new InputException(
          path + (Files.exists(path) ? ": is a file, not a folder" : ": there is no such folder"));
    }
    if (!Files.exists(path.resolve(CONFIG))) {
      throw new InputException(
          "%s: holds no adapter: there is no %s%s".formatted(path, CONFIG, inside(path)));
    }
    JsonObject config = JsonFile.read(path.resolve(CONFIG));
    if (config.text(TYPE).orElse("").isBlank()) {
      throw config.refusal(TYPE, "is missing; it names the method, such as LORA");
    }
    Path model = path.resolve(MODEL);
    if (!Files.exists(model) && Files.exists(path.resolve(PICKLED))) {
      Checkpoint tensors = CheckpointFiles.open(path.resolve(PICKLED));
      return new AdapterFolder(path, config, tensors, Optional.empty());
    }
    try (SafetensorsFile file = SafetensorsFile.open(model)) {
      Optional<Origin> origin = Origin.of(file.metadata(), model.toString());
      return new AdapterFolder(path, config, CheckpointFiles.open(model), origin);
    }
  }

  private static String inside(Path path) {
    try (java.util.stream.Stream<Path> children = Files.list(path)) {
      List<String> adapters =
          children
              .filter(c -> Files.exists(c.resolve(CONFIG)))
              .map(c -> c.getFileName().toString())
              .sorted()
              .toList();
      return adapters.isEmpty() ? "" : "; name one of the folders in it: " + adapters;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + path + ": " + e, e);
    }
  }

  /** The folder. */
  public Path path() {
    return path;
  }

  /** The configuration as it stands in the file. */
  public JsonObject config() {
    return config;
  }

  /** The adapter's tensors, read one at a time. */
  public Checkpoint tensors() {
    return tensors;
  }

  /** Whether the folder has peft's form, and not that of this library. */
  public boolean isPortable() {
    return !config.has(OPTIONS);
  }

  /** Id of the method. */
  public String method() {
    return origin
        .map(Origin::method)
        .filter(m -> !m.isEmpty())
        .orElseGet(() -> config.text(TYPE).orElse("").toLowerCase(Locale.ROOT));
  }

  /** The backbone that the adapter was trained on, as far as the folder says. */
  public BackboneMark backbone() {
    return origin.map(Origin::backbone).orElse(new BackboneMark("", "", List.of()));
  }

  /** The tasks that it was trained for, in text; empty if the folder does not say. */
  public String tasks() {
    return origin.map(o -> Adapter.text(o.tasks())).orElse("");
  }

  /** The plugin that the method came from; empty if the folder does not say. */
  public Optional<PluginMark> plugin() {
    return origin.flatMap(Origin::plugin);
  }

  /**
   * What the heads need besides, to predict; empty if the folder does not say.
   *
   * @throws InputException if it says so wrongly, naming file and key
   */
  public Optional<HeadRecipe> recipe() {
    Path file = path.resolve(RECIPE);
    return Files.exists(file) ? Optional.of(RecipeFile.read(file)) : Optional.empty();
  }

  /** Bytes of the file of the heads; 0 if there is none. */
  public long headBytes() {
    return size(path.resolve(HEADS));
  }

  /** The adapter's tensors as they stand in the file. */
  public Map<String, INDArray> readTensors() {
    Map<String, INDArray> arrays = new LinkedHashMap<>();
    tensors.entries().keySet().forEach(name -> arrays.put(name, tensors.read(name)));
    return arrays;
  }

  /**
   * The adapter, for a backbone.
   *
   * @throws InputException if it is for another backbone or does not fit the method, naming both
   *     sides, or holds a value that is not finite, naming the tensor
   */
  public Loaded read(Backbone on) {
    return read(on, NonFinite.REFUSE);
  }

  /** As {@link #read(Backbone)}, with or without values that are not finite. */
  public Loaded read(Backbone on, NonFinite nonFinite) {
    try {
      nonFinite.check(readTensors());
      backbone().requireSame(BackboneMark.of(on));
      Loaded loaded = isPortable() ? portable(on) : own(on);
      nonFinite.check(loaded.adapter().heads());
      loaded.notes().forEach(LOG::warn);
      return loaded;
    } catch (InputException e) {
      String start = path.toString();
      throw e.getMessage().startsWith(start)
          ? e
          : new InputException(start + ": " + e.getMessage(), e);
    }
  }

  private Loaded portable(Backbone on) {
    HfReader.Result read = HfReader.read(config, readTensors(), on);
    LowRankForm form =
        descriptor()
            .method()
            .lowRankForm()
            .orElseThrow(
                () ->
                    new InputException("%s is no method of low-rank updates".formatted(method())));
    LowRankForm.Adapted adapted = form.fromLowRank(Map.of(Stream.SHARED, read.adapter()), on);
    return new Loaded(
        adapter(on, adapted.config(), false, adapted.state(), read.leftovers()),
        read.names().id(),
        java.util.stream.Stream.concat(otherPlugin().stream(), read.notes().stream()).toList());
  }

  private Loaded own(Backbone on) {
    Record record;
    try {
      record = descriptor().configure(config.textsByKey(OPTIONS));
    } catch (InputException e) {
      throw new InputException(config.source() + ": " + e.getMessage(), e);
    }
    boolean perTask = config.truth(PER_TASK, false);
    return new Loaded(
        adapter(on, record, perTask, readTensors(), Leftovers.NONE), "own", otherPlugin());
  }

  private Adapter adapter(
      Backbone on,
      Record record,
      boolean perTask,
      Map<String, INDArray> state,
      Leftovers leftovers) {
    Path file = path.resolve(HEADS);
    Map<String, INDArray> heads = Files.exists(file) ? Safetensors.read(file) : Map.of();
    List<Task> tasks = origin.map(Origin::tasks).orElse(List.of());
    return new Adapter(
        method(),
        record,
        perTask,
        tasks,
        origin.isPresent() ? backbone() : BackboneMark.of(on),
        state,
        heads,
        heads.isEmpty() ? Map.of() : headTasks(file, heads, tasks),
        recipe(),
        leftovers);
  }

  private static Map<String, String> headTasks(
      Path file, Map<String, INDArray> heads, List<Task> tasks) {
    try (SafetensorsFile open = SafetensorsFile.open(file)) {
      return Origin.headTasks(open.metadata(), file.toString())
          .orElseGet(() -> HeadTasks.ofEarlier(heads.keySet(), tasks));
    }
  }

  /** A folder of another library was made by no plugin of this one. */
  private MethodDescriptor descriptor() {
    MethodRegistry methods = MethodRegistry.discover();
    return origin.isPresent() ? methods.get(method(), plugin()) : methods.get(method());
  }

  /** What the user should know of the plugin that is here, if it is not that of the folder. */
  private List<String> otherPlugin() {
    PluginMark here = PluginMark.of(descriptor());
    return plugin().flatMap(p -> p.difference(here)).stream()
        .map(difference -> "%s: %s".formatted(path, difference))
        .toList();
  }

  private static long size(Path file) {
    try {
      return Files.exists(file) ? Files.size(file) : 0;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e, e);
    }
  }
}
