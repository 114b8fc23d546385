package io.peft4j.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Slips find the name that was meant; other words find nothing. */
class NearestNameTest {
  private static final List<String> METHODS =
      List.of("lora", "bitfit", "full", "decoders-only", "mtlora");

  @ParameterizedTest
  @CsvSource({
    "lroa, lora", // neighbours swapped
    "lor, lora", // a letter missing
    "loora, lora", // a letter too much
    "LORA, lora", // another case
    "decoder-only, decoders-only",
    "decoders, decoders-only", // the beginning
    "mtlora2, mtlora",
  })
  void slipsAreRecognised(String given, String meant) {
    assertEquals(Optional.of(meant), NearestName.of(given, METHODS));
  }

  @Test
  void otherWordsAreNot() {
    assertEquals(Optional.empty(), NearestName.of("prefix-tuning", METHODS));
    assertEquals(Optional.empty(), NearestName.of("lora", List.of()));
  }

  @Test
  void hintsNameTheNearestOrAll() {
    assertEquals("; did you mean 'lora'?", NearestName.hint("lroa", METHODS));
    assertEquals("; known: a, b", NearestName.hint("zzzz", List.of("b", "a")));
    assertEquals("", NearestName.hint("zzzz", List.of()));
  }
}
