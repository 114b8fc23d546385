package io.peft4j.graph.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Laws of the text form: what is written is read back, whatever letters it holds. */
class ConfigBinderProperties {
  @Property(tries = 300)
  void writingThenReadingGivesAnEqualRecord(@ForAll("configs") ConfigBinderTest.Config config) {
    assertEquals(
        config, ConfigBinder.bind(ConfigBinderTest.Config.class, ConfigBinder.toMap(config)));
  }

  @Property(tries = 300)
  void joiningThenSplittingGivesTheParts(@ForAll("parts") List<String> parts) {
    assertEquals(
        parts, DelimitedText.split(DelimitedText.join(parts, ','), ',', Integer.MAX_VALUE));
  }

  @Property(tries = 100)
  void aTextWithoutTheDelimiterIsItsOwnForm(@ForAll("regexes") String text) {
    assertEquals(text, DelimitedText.join(List.of(text), ','));
    assertEquals(List.of(text), DelimitedText.split(text, ',', Integer.MAX_VALUE));
  }

  @Provide
  Arbitrary<ConfigBinderTest.Config> configs() {
    Arbitrary<Double> numbers =
        Arbitraries.doubles().between(-1e300, 1e300).ofScale(20).edgeCases(e -> e.add(1e-300, 0.0));
    Arbitrary<ConfigBinderTest.Bias> biases = Arbitraries.of(ConfigBinderTest.Bias.class);
    Arbitrary<Map<String, String>> notes =
        Arbitraries.maps(element(), tricky().map(String::strip)).ofMaxSize(3);
    return Combinators.combine(
            Combinators.combine(
                    Arbitraries.integers().greaterOrEqual(1),
                    Arbitraries.longs(),
                    numbers,
                    Arbitraries.of(true, false))
                .as(Numbers::new),
            tricky().filter(s -> !s.equals("crash")),
            biases,
            element().list().ofMaxSize(4),
            Arbitraries.integers().list().ofMaxSize(3),
            biases.list().ofMaxSize(3),
            Combinators.combine(
                    Arbitraries.maps(element(), Arbitraries.integers()).ofMaxSize(3),
                    Arbitraries.maps(element(), numbers).ofMaxSize(3),
                    notes)
                .as(Maps::new))
        .as(
            (n, name, bias, targets, stages, list, maps) ->
                new ConfigBinderTest.Config(
                    n.rank,
                    n.seed,
                    n.alpha,
                    n.dora,
                    name,
                    bias,
                    targets,
                    stages,
                    list,
                    maps.ranks,
                    maps.alphas,
                    maps.notes));
  }

  @Provide
  Arbitrary<List<String>> parts() {
    return tricky().list().ofMinSize(1).ofMaxSize(5);
  }

  @Provide
  Arbitrary<String> regexes() {
    return tricky().map(s -> s.replace(",", ""));
  }

  private static Arbitrary<String> element() {
    return tricky().map(String::strip).filter(s -> !s.isEmpty());
  }

  /** Short texts, half of them of the letters that have a meaning. */
  private static Arbitrary<String> tricky() {
    return Arbitraries.oneOf(
        Arbitraries.strings().withChars('\\', ',', '=', 'a', ' ', '|').ofMaxLength(8),
        Arbitraries.strings().ofMaxLength(6));
  }

  private record Numbers(int rank, long seed, double alpha, boolean dora) {}

  private record Maps(
      Map<String, Integer> ranks, Map<String, Double> alphas, Map<String, String> notes) {}
}
