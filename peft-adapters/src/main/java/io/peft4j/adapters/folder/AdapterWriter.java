package io.peft4j.adapters.folder;

import io.peft4j.adapters.Adapter;
import io.peft4j.adapters.BackboneMark;
import io.peft4j.adapters.hf.HfWriter;
import io.peft4j.adapters.hf.KnownNames;
import io.peft4j.adapters.json.JsonFile;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.lowrank.LowRankAdapter;
import io.peft4j.api.routing.Stream;
import io.peft4j.backbones.names.NameMap;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.graph.registry.ConfigBinder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Writes adapters as folders, see {@link AdapterFolder}.
 *
 * <p>An adapter that is there once for each task becomes one folder a task, in a folder of that
 * name, since peft's form has one adapter a folder.
 *
 * @param form how to tell it
 * @param names whose names modules get in peft's form, see {@link KnownNames}
 * @param replace whether an adapter that stands at the target may be replaced
 */
public record AdapterWriter(Form form, String names, boolean replace) {
  /** In peft's form where possible, with the backbone's own names, replacing nothing. */
  public static final AdapterWriter STANDARD = new AdapterWriter(Form.AUTO, KnownNames.OWN, false);

  /**
   * What was written.
   *
   * @param folders a folder for each adapter, by task; under the empty name if there is one for all
   * @param portable whether they are in peft's form
   * @param reason why they are not, if that was tried
   */
  public record Written(Map<String, Path> folders, boolean portable, Optional<String> reason) {}

  /** Refuses a target that is in the way, before anything is computed. */
  public void requireFree(Path target) {
    FolderWriter.requireFree(target, replace);
  }

  /**
   * Writes an adapter.
   *
   * @param facts what the model card tells besides
   * @throws InputException if the target is in the way, or the adapter cannot be told in the form
   */
  public Written write(Path target, Adapter adapter, Backbone on, CardFacts facts) {
    adapter.backbone().requireSame(BackboneMark.of(on));
    requireFree(target);
    Plan plan = plan(adapter, on);
    Map<String, Path> folders = new LinkedHashMap<>();
    FolderWriter.write(
        target,
        replace,
        folder -> {
          for (Content content : plan.contents()) {
            Path own = content.task().isEmpty() ? folder : folder.resolve(content.task());
            Files.createDirectories(own);
            content.writeTo(own, facts);
            folders.put(
                content.task(), content.task().isEmpty() ? target : target.resolve(content.task()));
          }
        });
    return new Written(folders, plan.portable(), plan.reason());
  }

  private record Plan(List<Content> contents, boolean portable, Optional<String> reason) {}

  /** Everything is converted before the first byte is written. */
  private Plan plan(Adapter adapter, Backbone on) {
    if (form == Form.NATIVE) {
      return new Plan(List.of(nativeContent(adapter)), false, Optional.empty());
    }
    NameMap moduleNames = KnownNames.named(names, on);
    try {
      return new Plan(portableContents(adapter, on, moduleNames), true, Optional.empty());
    } catch (InputException e) {
      if (form == Form.PORTABLE) {
        throw e;
      }
      return new Plan(List.of(nativeContent(adapter)), false, Optional.of(e.getMessage()));
    }
  }

  private List<Content> portableContents(Adapter adapter, Backbone on, NameMap moduleNames) {
    Map<Stream, LowRankAdapter> streams = adapter.lowRank(on);
    return streams.entrySet().stream()
        .map(
            e -> {
              Stream stream = e.getKey();
              Adapter own = stream.isShared() ? adapter : adapter.ofTask(stream.id(), on);
              HfWriter.Files files =
                  HfWriter.write(e.getValue(), on, moduleNames, adapter.leftovers());
              String task = stream.isShared() ? "" : stream.id();
              return new Content(task, own, files.config(), files.tensors(), Form.PORTABLE);
            })
        .toList();
  }

  private static Content nativeContent(Adapter adapter) {
    TreeMap<String, Object> config = new TreeMap<>();
    config.put(AdapterFolder.TYPE, adapter.method());
    config.put(AdapterFolder.OPTIONS, ConfigBinder.toMap(adapter.config()));
    config.put(AdapterFolder.PER_TASK, adapter.perTask());
    config.put("base_model_name_or_path", adapter.backbone().id());
    config.put("inference_mode", true);
    return new Content("", adapter, config, adapter.state(), Form.NATIVE);
  }

  /**
   * One folder.
   *
   * @param task its name, or nothing
   */
  private record Content(
      String task,
      Adapter adapter,
      Map<String, Object> config,
      Map<String, INDArray> tensors,
      Form form) {
    void writeTo(Path folder, CardFacts facts) throws IOException {
      Origin origin = Origin.of(adapter);
      Safetensors.write(folder.resolve(AdapterFolder.MODEL), tensors, origin.metadata());
      if (!adapter.heads().isEmpty()) {
        Safetensors.write(
            folder.resolve(AdapterFolder.HEADS),
            adapter.heads(),
            Origin.ofHeads(adapter.headTasks()));
        if (adapter.recipe().isPresent()) {
          Files.write(
              folder.resolve(AdapterFolder.RECIPE),
              JsonFile.bytes(RecipeFile.json(adapter.recipe().get())));
        }
      }
      Files.write(folder.resolve(AdapterFolder.CONFIG), JsonFile.bytes(config));
      String card = ModelCard.text(adapter, form, tensors, facts);
      Files.write(folder.resolve(AdapterFolder.CARD), card.getBytes(StandardCharsets.UTF_8));
    }
  }
}
