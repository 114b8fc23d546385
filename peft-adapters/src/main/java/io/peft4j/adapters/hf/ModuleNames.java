package io.peft4j.adapters.hf;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.api.backbone.Backbone;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * What a library calls the modules of a backbone.
 *
 * @param id {@code own}, {@code timm} or {@code huggingface}
 * @param theirs their names of one of our modules: one, or query, key and value in this order where
 *     the library has a fused projection apart
 */
public record ModuleNames(String id, Function<String, List<String>> theirs) {
  /** The names of public checkpoints, which backbones here have: Microsoft's Swin, official PVT. */
  public static final ModuleNames OWN = new ModuleNames("own", List::of);

  /** timm's Swin: the merging stands at the start of the stage that follows. */
  private static final ModuleNames TIMM_SWIN =
      new ModuleNames("timm", module -> List.of(timmSwin(module)));

  /** Hugging Face transformers' {@code SwinModel}. */
  private static final ModuleNames HF_SWIN = new ModuleNames("huggingface", ModuleNames::hfSwin);

  private static final Pattern SWIN = Pattern.compile("layers\\.\\d+\\.blocks\\.\\d+\\.attn\\.qkv");
  private static final Pattern MERGING = Pattern.compile("layers\\.(\\d+)\\.downsample(.*)");
  private static final Pattern BLOCK = Pattern.compile("(layers\\.\\d+\\.blocks\\.\\d+)\\.(.*)");

  /** The names that a backbone's modules have anywhere; {@link #OWN} first. */
  public static List<ModuleNames> of(Backbone backbone) {
    boolean swin = backbone.linearSites().stream().anyMatch(s -> SWIN.matcher(s.path()).matches());
    return swin ? ImmutableList.of(OWN, TIMM_SWIN, HF_SWIN) : ImmutableList.of(OWN);
  }

  /**
   * The names with an id.
   *
   * @throws InputException if the backbone's modules have no such names
   */
  public static ModuleNames named(String id, Backbone backbone) {
    List<ModuleNames> known = of(backbone);
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
                            NearestName.hint(id, known.stream().map(ModuleNames::id).toList()))));
  }

  private static String timmSwin(String module) {
    var merging = MERGING.matcher(module);
    return merging.matches()
        ? "layers.%d.downsample%s"
            .formatted(Integer.parseInt(merging.group(1)) + 1, merging.group(2))
        : module;
  }

  private static List<String> hfSwin(String module) {
    var block = BLOCK.matcher(module);
    if (block.matches()) {
      String start = "encoder." + block.group(1) + ".";
      return switch (block.group(2)) {
        case "attn.qkv" ->
            List.of("query", "key", "value").stream()
                .map(part -> start + "attention.self." + part)
                .toList();
        case "attn" -> List.of(start + "attention.self");
        case "attn.proj" -> List.of(start + "attention.output.dense");
        case "mlp.fc1" -> List.of(start + "intermediate.dense");
        case "mlp.fc2" -> List.of(start + "output.dense");
        case "norm1" -> List.of(start + "layernorm_before");
        case "norm2" -> List.of(start + "layernorm_after");
        default -> List.of(start + block.group(2));
      };
    }
    return switch (module) {
      case "patch_embed.proj" -> List.of("embeddings.patch_embeddings.projection");
      case "patch_embed.norm" -> List.of("embeddings.norm");
      case "norm" -> List.of("layernorm");
      case "" -> List.of("");
      default -> List.of("encoder." + module);
    };
  }
}
