package io.peft4j.adapters.folder;

import io.peft4j.adapters.heads.HeadRecipe;
import io.peft4j.adapters.json.JsonFile;
import io.peft4j.adapters.json.JsonObject;
import io.peft4j.api.InputException;
import io.peft4j.backbones.weights.LoadOptions;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** {@code heads.json}: a {@link HeadRecipe} as a file. */
final class RecipeFile {
  private RecipeFile() {}

  static Map<String, Object> json(HeadRecipe recipe) {
    HeadRecipe.Input input = recipe.input();
    HeadRecipe.Base base = recipe.base();
    LoadOptions loading = base.loading();
    TreeMap<String, Object> json = new TreeMap<>();
    json.put("decoder", recipe.decoder());
    json.put("options", recipe.options());
    json.put(
        "tasks",
        recipe.outputs().stream()
            .map(o -> Map.of("name", o.task(), "channels", o.channels(), "classes", o.classes()))
            .toList());
    json.put(
        "image",
        Map.of(
            "height",
            input.height(),
            "width",
            input.width(),
            "mean",
            input.mean(),
            "std",
            input.std()));
    json.put(
        "backbone",
        Map.of(
            "architecture",
            base.architecture(),
            "pad",
            base.pad(),
            "weights",
            base.weights(),
            "weights_hash",
            base.weightsHash(),
            "names",
            loading.names(),
            "allow_missing",
            loading.allowMissing(),
            "allow_unexpected",
            loading.allowUnexpected(),
            "allow_resize",
            loading.allowResize()));
    json.put("data", recipe.data());
    return json;
  }

  /** As {@link #of}, from a file. */
  static HeadRecipe read(Path file) {
    return of(JsonFile.read(file));
  }

  /**
   * Reads a recipe.
   *
   * @throws InputException naming what is missing or wrong
   */
  static HeadRecipe of(JsonObject json) {
    JsonObject image = part(json, "image");
    JsonObject backbone = part(json, "backbone");
    try {
      return new HeadRecipe(
          text(json, "decoder"),
          json.textsByKey("options"),
          json.objects("tasks").stream()
              .map(
                  t ->
                      new HeadRecipe.Output(
                          text(t, "name"), t.integer("channels", 0), t.texts("classes")))
              .toList(),
          new HeadRecipe.Input(
              image.integer("height", 0),
              image.integer("width", 0),
              image.numbers("mean"),
              image.numbers("std")),
          new HeadRecipe.Base(
              text(backbone, "architecture"),
              backbone.truth("pad", false),
              text(backbone, "weights"),
              backbone.text("weights_hash").orElse(""),
              loading(backbone)),
          json.text("data").orElse(""));
    } catch (InputException e) {
      throw e.getMessage().startsWith(json.source())
          ? e
          : new InputException(json.source() + ": " + e.getMessage(), e);
    }
  }

  private static LoadOptions loading(JsonObject backbone) {
    return new LoadOptions(
        backbone.text("names").orElse(LoadOptions.DETECT),
        backbone.texts("allow_missing"),
        backbone.texts("allow_unexpected"),
        backbone.truth("allow_resize", false));
  }

  private static JsonObject part(JsonObject json, String key) {
    if (!json.has(key)) {
      throw json.refusal(key, "is missing");
    }
    return json.object(key);
  }

  private static String text(JsonObject json, String key) {
    return json.text(key).orElseThrow(() -> json.refusal(key, "is missing"));
  }
}
