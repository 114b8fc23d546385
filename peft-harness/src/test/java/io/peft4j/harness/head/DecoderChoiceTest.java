package io.peft4j.harness.head;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.backbone.Place;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Widths follow the finest feature unless they are given. */
class DecoderChoiceTest {
  private static List<Feature> features(int finest, int scales) {
    return IntStream.range(0, scales)
        .mapToObj(
            i ->
                new Feature("f" + i, new Place(i, -1, 2, "stage.out"), finest << i, 8 >> i, 8 >> i))
        .toList();
  }

  @Test
  void widthsOfTheReferenceFromSwinTinyOn() {
    assertEquals(List.of(18, 36, 72, 144), DecoderChoice.byRule().channels(features(192, 4)));
    assertEquals(List.of(18, 36, 72, 144), DecoderChoice.byRule().channels(features(256, 4)));
  }

  @Test
  void narrowBelow() {
    assertEquals(List.of(8, 16, 32, 64), DecoderChoice.byRule().channels(features(48, 4)));
    assertEquals(List.of(8, 16, 32), DecoderChoice.byRule().channels(features(191, 3)));
  }

  @Test
  void givenWidthsWinButMustFitTheScales() {
    DecoderChoice choice = new DecoderChoice("hrnet", List.of(4, 5));
    assertEquals(List.of(4, 5), choice.channels(features(192, 2)));
    assertThrows(InputException.class, () -> choice.decoder(features(192, 3)));
  }

  @Test
  void anUnknownNameIsRefusedWithTheNearest() {
    InputException e =
        assertThrows(InputException.class, () -> new DecoderChoice("hrnt", List.of()));
    assertTrue(e.getMessage().contains("did you mean 'hrnet'"), e.getMessage());
  }
}
