package io.peft4j.lora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.select.ParamGroup;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Options of LoRA as a user types them: defaults, every form, every refusal. */
class LoraConfigTest {
  private static final MethodDescriptor LORA = MethodRegistry.discover().get("lora");

  @Test
  void defaultsAreThoseOfThePapers() {
    LoraConfig config = configure(Map.of());
    assertEquals(8, config.rank());
    assertEquals(8, config.alpha());
    assertEquals(0, config.dropout());
    assertEquals(List.of("attn+mlp"), config.sites().targets());
    assertEquals(LoraConfig.Start.KAIMING, config.init());
    assertEquals(LoraConfig.Bias.NONE, config.bias());
    assertFalse(config.dora() || config.rslora() || config.perTask());
    assertTrue(config.unfreeze().isEmpty() && config.qkvParts().isEmpty());
  }

  @Test
  void everyOptionIsReadAsTyped() {
    LoraConfig config =
        configure(
            Map.of(
                "rank", "4",
                "targets", "qkv,re:.*fc[12]",
                "rank-pattern", "mlp=2,qkv=6",
                "alphaPattern", "qkv=1.5",
                "bias", "lora-only",
                "unfreeze", "others,position_bias",
                "qkvParts", "v,q",
                "init", "PiSSA",
                "blocks", "-1"));
    assertEquals(List.of("mlp", "qkv"), List.copyOf(config.rankPattern().keySet()));
    assertEquals(Map.of("qkv", 1.5), config.alphaPattern());
    assertEquals(LoraConfig.Bias.LORA_ONLY, config.bias());
    assertEquals(List.of(ParamGroup.OTHERS, ParamGroup.POSITION_BIAS), config.unfreeze());
    // parts are stacked in the order of the rows, whatever the order they are named in
    assertEquals(List.of(LoraConfig.Part.Q, LoraConfig.Part.V), config.qkvParts());
    assertEquals(LoraConfig.Start.PISSA, config.init());
    assertEquals(List.of(-1), config.sites().blocks());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "rank; 0; rank 0 must be at least 1",
        "rank; -3; rank -3 must be at least 1",
        "alpha; 0; alpha 0.0 must be positive and finite",
        "alpha; -1; alpha -1.0 must be positive",
        "dropout; 1; dropout 1.0 must lie in [0, 1)",
        "dropout; -0.1; dropout -0.1 must lie in [0, 1)",
        "rankPattern; qkv=0; rankPattern qkv 0 must be at least 1",
        "alphaPattern; qkv=-2; alphaPattern qkv -2.0 must be positive",
        "qkvParts; q,q; qkvParts [Q, Q] names a part twice",
        "qkvParts; x; option qkvParts: 'x' is not one of list of q|k|v",
        "targets; ''; no targets",
        "targets; re:(; is no regular expression",
        "bias; some; option bias: 'some' is not one of none|lora-only|all",
        "unfreeze; norm; option unfreeze: 'norm' is not one of list of patch-embed|merging|norms",
        "lora_alpha; 8; unknown option 'lora_alpha'; did you mean 'alpha'?",
        "r; 8; method lora: unknown option 'r'",
      })
  void valuesOutOfRangeAreRefused(String option, String value, String message) {
    InputException error =
        assertThrows(InputException.class, () -> configure(Map.of(option, value)));
    assertTrue(error.getMessage().startsWith("method lora: "), error.getMessage());
    assertTrue(error.getMessage().contains(message), error.getMessage());
  }

  private static LoraConfig configure(Map<String, String> options) {
    return (LoraConfig) LORA.configure(options);
  }
}
