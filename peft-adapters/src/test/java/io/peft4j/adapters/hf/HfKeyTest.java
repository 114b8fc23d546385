package io.peft4j.adapters.hf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys with and without prefixes and names of adapters mean the same. */
class HfKeyTest {
  @ParameterizedTest
  @CsvSource({
    "base_model.model.a.qkv.lora_A.weight, A, a.qkv, '', ''",
    "a.qkv.lora_A.weight, A, a.qkv, '', ''",
    "module.base_model.model.a.qkv.lora_B.default.weight, B, a.qkv, '', default",
    "a.qkv.lora_magnitude_vector, MAGNITUDE, a.qkv, '', ''",
    "a.qkv.lora_magnitude_vector.weight, MAGNITUDE, a.qkv, '', ''",
    "a.qkv.lora_magnitude_vector.mine.weight, MAGNITUDE, a.qkv, '', mine",
    "base_model.model.a.qkv.base_layer.bias, OWN, a.qkv, bias, ''",
    "base_model.model.norm.modules_to_save.default.weight, OWN, norm, weight, default",
    "_orig_mod.norm.weight, OWN, norm, weight, ''",
    "pos_embed, OWN, '', pos_embed, ''",
  })
  void isRead(String key, HfKey.Kind kind, String module, String local, String adapter) {
    HfKey read = HfKey.of(key);
    assertEquals(kind, read.kind());
    assertEquals(module, read.module());
    assertEquals(local, read.local());
    assertEquals(adapter, read.adapter().orElse(""));
  }
}
