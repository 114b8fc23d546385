package io.peft4j.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.UniqueElements;

/** Laws of the nearest name. */
class NearestNameProperties {
  @Property(tries = 100)
  void aKnownNameIsNearestToItself(@ForAll("names") @UniqueElements List<String> known) {
    for (String name : known) {
      assertEquals(Optional.of(name), NearestName.of(name, known));
    }
  }

  @Property(tries = 100)
  void theAnswerIsKnownAndDoesNotDependOnOrder(
      @ForAll("names") @UniqueElements List<String> known, @ForAll("name") String given) {
    Optional<String> found = NearestName.of(given, known);
    found.ifPresent(f -> assertTrue(known.contains(f)));
    assertEquals(found, NearestName.of(given, Set.copyOf(known)));
  }

  @Property(tries = 100)
  void swappingTwoNeighboursIsForgiven(
      @ForAll("name") String name, @ForAll @IntRange(max = 100) int position) {
    int i = position % (name.length() - 1);
    String slip =
        name.substring(0, i) + name.charAt(i + 1) + name.charAt(i) + name.substring(i + 2);
    assertEquals(Optional.of(name), NearestName.of(slip, List.of(name)));
  }

  @Provide
  Arbitrary<String> name() {
    return Arbitraries.strings().withCharRange('a', 'f').ofMinLength(2).ofMaxLength(9);
  }

  @Provide
  Arbitrary<List<String>> names() {
    return name().list().ofMaxSize(6);
  }
}
