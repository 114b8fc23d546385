package io.peft4j.adapters.folder;

import io.peft4j.adapters.Adapter;
import io.peft4j.adapters.BackboneMark;
import io.peft4j.adapters.json.JsonFile;
import io.peft4j.adapters.json.JsonObject;
import io.peft4j.api.InputException;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.graph.registry.PluginMark;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Where an adapter comes from, kept in the metadata of its tensors: other libraries do not read it,
 * so that the configuration beside it may be theirs to the letter.
 *
 * @param method id of the method
 * @param tasks the tasks
 * @param backbone the backbone
 * @param plugin where the method comes from; empty in folders of older versions
 */
record Origin(String method, List<Task> tasks, BackboneMark backbone, Optional<PluginMark> plugin) {
  private static final String KEY = "peft4j";
  private static final String PLUGIN = "plugin";

  /** Of an adapter whose method is on the class path. */
  static Origin of(Adapter adapter) {
    PluginMark plugin = PluginMark.of(MethodRegistry.discover().get(adapter.method()));
    return new Origin(adapter.method(), adapter.tasks(), adapter.backbone(), Optional.of(plugin));
  }

  /** Metadata of a file of tensors. */
  Map<String, String> metadata() {
    Map<String, Object> json = new TreeMap<>();
    json.put("method", method);
    json.put(
        "tasks",
        tasks.stream().map(t -> Map.of("name", t.name(), "channels", t.channels())).toList());
    json.put("backbone", backbone.id());
    json.put("backbone_hash", backbone.hash());
    json.put(
        "stages",
        backbone.stages().stream()
            .map(s -> Map.of("blocks", s.blocks(), "width", s.width()))
            .toList());
    plugin.ifPresent(
        p ->
            json.put(
                PLUGIN,
                Map.of(
                    "version",
                    p.version(),
                    "provider",
                    p.provider(),
                    "artifact",
                    p.artifact(),
                    "jar",
                    p.jar())));
    return Map.of("format", "pt", KEY, JsonFile.line(json));
  }

  /** Metadata of a file of heads: the task of each array that serves one alone. */
  static Map<String, String> ofHeads(Map<String, String> tasks) {
    return Map.of("format", "pt", KEY, JsonFile.line(Map.of("tasks", tasks)));
  }

  /**
   * Reads metadata of a file of heads.
   *
   * @param source name of the file, for messages
   * @return empty if it does not say whose the arrays are
   * @throws InputException if it is damaged
   */
  static Optional<Map<String, String>> headTasks(Map<String, String> metadata, String source) {
    return Optional.ofNullable(metadata.get(KEY))
        .map(
            text ->
                JsonFile.parse(text.getBytes(StandardCharsets.UTF_8), source + ": metadata " + KEY)
                    .textsByKey("tasks"));
  }

  /**
   * Reads metadata.
   *
   * @param source name of the file, for messages
   * @return empty if another library wrote it
   * @throws InputException if it is damaged
   */
  static Optional<Origin> of(Map<String, String> metadata, String source) {
    String text = metadata.get(KEY);
    if (text == null) {
      return Optional.empty();
    }
    JsonObject json =
        JsonFile.parse(text.getBytes(StandardCharsets.UTF_8), source + ": metadata " + KEY);
    BackboneMark backbone =
        new BackboneMark(
            json.text("backbone").orElse(""),
            json.text("backbone_hash").orElse(""),
            json.objects("stages").stream()
                .map(s -> new BackboneMark.Stage(s.integer("blocks", 0), s.integer("width", 0)))
                .toList());
    List<Task> tasks =
        json.objects("tasks").stream()
            .map(t -> new Task(t.text("name").orElse(""), t.integer("channels", 0)))
            .toList();
    String method = json.text("method").orElse("");
    return Optional.of(new Origin(method, tasks, backbone, plugin(method, json)));
  }

  private static Optional<PluginMark> plugin(String method, JsonObject json) {
    if (!json.has(PLUGIN)) {
      return Optional.empty();
    }
    JsonObject plugin = json.object(PLUGIN);
    return Optional.of(
        new PluginMark(
            method,
            plugin.text("version").orElse(""),
            plugin.text("provider").orElse(""),
            plugin.text("artifact").orElse(""),
            plugin.text("jar").orElse("")));
  }
}
