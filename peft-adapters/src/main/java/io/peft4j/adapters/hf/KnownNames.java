package io.peft4j.adapters.hf;

import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.backbones.names.NameMap;
import io.peft4j.backbones.names.PvtNames;
import io.peft4j.backbones.names.SwinNames;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Names that the modules of a backbone have in other libraries.
 *
 * <p>Safe for use by several threads.
 */
public final class KnownNames {
  /** The backbone's own names. */
  public static final String OWN = "own";

  private static final Pattern SWIN = Pattern.compile("layers\\.\\d+\\.blocks\\.\\d+\\..*");
  private static final Pattern PVT = Pattern.compile("block\\d+\\.\\d+\\..*");

  private KnownNames() {}

  /** All, the backbone's own first. */
  public static List<NameMap> of(Backbone backbone) {
    if (has(backbone, SWIN)) {
      return SwinNames.all();
    }
    if (has(backbone, PVT)) {
      int last =
          backbone.linearSites().stream().mapToInt(s -> s.place().stage()).max().orElseThrow();
      return PvtNames.all(last + 1);
    }
    return List.of(NameMap.own(OWN, backbone.id()));
  }

  /**
   * Those with an id; {@link #OWN} for the backbone's own.
   *
   * @throws InputException if the backbone's modules have no such names
   */
  public static NameMap named(String id, Backbone backbone) {
    List<NameMap> known = of(backbone);
    if (id.equals(OWN)) {
      return known.get(0);
    }
    return known.stream()
        .filter(n -> n.id().equals(id))
        .findFirst()
        .orElseThrow(
            () ->
                new InputException(
                    "%s has no names '%s'%s"
                        .formatted(
                            backbone.id(),
                            id,
                            NearestName.hint(id, known.stream().map(NameMap::id).toList()))));
  }

  private static boolean has(Backbone backbone, Pattern path) {
    return backbone.linearSites().stream()
        .map(LinearSite::path)
        .anyMatch(p -> path.matcher(p).matches());
  }
}
