package io.peft4j.graph.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.method.Option;
import io.peft4j.api.method.OptionGroup;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Options given as text become a record, or an error that names option, value and fix. */
class ConfigBinderTest {
  enum Bias {
    NONE,
    LORA_ONLY
  }

  record Config(
      @Option(value = "i", byDefault = "8") int rank,
      @Option(value = "l", byDefault = "0") long seed,
      @Option(value = "d", byDefault = "0.5") double alpha,
      @Option(value = "b", byDefault = "false") boolean dora,
      @Option(value = "s", byDefault = "") String name,
      @Option(value = "e", byDefault = "none") Bias bias,
      @Option(value = "ls", byDefault = "attn+mlp") List<String> targets,
      @Option(value = "li", byDefault = "") List<Integer> stages,
      @Option(value = "le", byDefault = "") List<Bias> biases,
      @Option(value = "mi", byDefault = "") Map<String, Integer> rankPattern,
      @Option(value = "md", byDefault = "") Map<String, Double> alphaPattern,
      @Option(value = "ms", byDefault = "") Map<String, String> notes) {
    Config {
      if (rank < 1) {
        throw new IllegalArgumentException("rank %d must be at least 1".formatted(rank));
      }
      if (name.equals("crash")) {
        throw new IllegalStateException("a mistake of the plugin");
      }
    }
  }

  record Nothing() {}

  record Sites(
      @Option(value = "t", byDefault = "attn") List<String> targets,
      @Option(value = "d", byDefault = "-1") int depth) {
    Sites {
      if (depth < -1) {
        throw new IllegalArgumentException("depth %d must be at least -1".formatted(depth));
      }
    }
  }

  record Grouped(
      @Option(value = "i", byDefault = "8") int rank,
      @OptionGroup(defaults = "targets=mlp,qkv") Sites sites,
      @Option(value = "b", byDefault = "false") boolean dora) {}

  record Within(@OptionGroup(defaults = {"rank=2", "depth=3"}) Grouped grouped) {}

  @Test
  void optionsOfAGroupAreTheRecordsOwn() {
    assertEquals(
        List.of("rank=8", "targets=mlp,qkv", "depth=-1", "dora=false"), listed(Grouped.class));
    assertEquals(
        List.of("rank=2", "targets=mlp,qkv", "depth=3", "dora=false"), listed(Within.class));
    Within set = ConfigBinder.bind(Within.class, Map.of("Targets", "proj", "rank", "5"));
    assertEquals(new Within(new Grouped(5, new Sites(List.of("proj"), 3), false)), set);
    assertEquals(
        Map.of("rank", "5", "targets", "proj", "depth", "3", "dora", "false"),
        ConfigBinder.toMap(set));
    assertEquals(set, ConfigBinder.bind(Within.class, ConfigBinder.toMap(set)));
    String refused =
        assertThrows(
                InputException.class, () -> ConfigBinder.bind(Within.class, Map.of("depth", "-2")))
            .getMessage();
    assertEquals("depth -2 must be at least -1 (options given: {depth=-2})", refused);
  }

  private static List<String> listed(Class<? extends Record> type) {
    return ConfigBinder.options(type).stream().map(o -> o.name() + "=" + o.defaultText()).toList();
  }

  record Twice(@OptionGroup Sites one, @OptionGroup Sites two) {}

  record NoSuchDefault(@OptionGroup(defaults = "width=3") Sites sites) {}

  record NoRecord(@OptionGroup int sites) {}

  @Test
  void brokenGroupsAreThePluginAuthorsMistake() {
    Map.<Class<? extends Record>, String>of(
            Twice.class, "has two options 'targets'; rename one",
            NoSuchDefault.class, "'width=3' is no default of",
            NoRecord.class, "but int is no record")
        .forEach(
            (type, part) -> {
              String message =
                  assertThrows(IllegalArgumentException.class, () -> ConfigBinder.options(type))
                      .getMessage();
              assertTrue(message.contains(part), message);
            });
  }

  @Test
  void defaultsComeFromTheAnnotations() {
    assertEquals(
        new Config(
            8,
            0,
            0.5,
            false,
            "",
            Bias.NONE,
            List.of("attn+mlp"),
            List.of(),
            List.of(),
            Map.of(),
            Map.of(),
            Map.of()),
        ConfigBinder.defaults(Config.class));
  }

  @Test
  void everyTypeIsRead() {
    Config config =
        ConfigBinder.bind(
            Config.class,
            Map.ofEntries(
                Map.entry("rank", " 4 "),
                Map.entry("seed", "-9000000000"),
                Map.entry("alpha", "1e-2"),
                Map.entry("dora", "TRUE"),
                Map.entry("name", "a, b"),
                Map.entry("bias", "Lora_Only"),
                Map.entry("targets", "qkv, re:.*\\.fc[12],re:a{1\\,2}"),
                Map.entry("stages", "0,-1"),
                Map.entry("biases", "none,lora-only"),
                Map.entry("rank-pattern", "qkv=2, re:(?\\=x)y = 3"),
                Map.entry("ALPHA_PATTERN", "qkv=2.5"),
                Map.entry("notes", "a=b=c,d=")));
    assertEquals(4, config.rank());
    assertEquals(-9_000_000_000L, config.seed());
    assertEquals(0.01, config.alpha());
    assertTrue(config.dora());
    assertEquals("a, b", config.name());
    assertEquals(Bias.LORA_ONLY, config.bias());
    assertEquals(List.of("qkv", "re:.*\\.fc[12]", "re:a{1,2}"), config.targets());
    assertEquals(List.of(0, -1), config.stages());
    assertEquals(List.of(Bias.NONE, Bias.LORA_ONLY), config.biases());
    assertEquals(Map.of("qkv", 2, "re:(?=x)y", 3), config.rankPattern());
    assertEquals(Map.of("qkv", 2.5), config.alphaPattern());
    assertEquals(Map.of("a", "b=c", "d", ""), config.notes());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rank        | four     | option rank: 'four' is not of type int",
        "rank        | 1.5      | option rank: '1.5' is not of type int",
        "rank        | 99999999999 | option rank: '99999999999' is not of type int",
        "alpha       | NaN      | option alpha: 'NaN' is not of type number (not a number)",
        "alpha       | 0x1p3    | option alpha: '0x1p3' is not of type number (not a number)",
        "alpha       | 1e999    | option alpha: '1e999' is not of type number (too large)",
        "alpha       | 1.2.3    | option alpha: '1.2.3' is not of type number",
        "dora        | yes      | option dora: 'yes' is not one of true/false (neither true nor"
            + " false)",
        "bias        | all      | option bias: 'all' is not one of none/lora-only (no such"
            + " constant)",
        "stages      | 0,,1     | option stages: '0,,1' is not of type list of int (an element is"
            + " empty)",
        "stages      | a        | option stages: 'a' is not of type list of int",
        "rankPattern | qkv      | option rankPattern: 'qkv' is not of type map of text=int ('qkv'"
            + " has no '=')",
        "rankPattern | qkv=x    | option rankPattern: 'qkv=x' is not of type map of text=int",
        "rankPattern | =4       | option rankPattern: '=4' is not of type map of text=int (an"
            + " element is empty)",
      })
  void unreadableValuesNameOptionValueAndType(String option, String value, String message) {
    InputException error =
        assertThrows(
            InputException.class, () -> ConfigBinder.bind(Config.class, Map.of(option, value)));
    // '|' parts the columns above
    assertEquals(message, error.getMessage().replace('|', '/'));
  }

  @Test
  void aKeyGivenTwiceIsRefused() {
    InputException inMap =
        assertThrows(
            InputException.class,
            () -> ConfigBinder.bind(Config.class, Map.of("rankPattern", "qkv=1,qkv=2")));
    assertTrue(inMap.getMessage().contains("qkv=1,qkv=2"), inMap.getMessage());
    InputException option =
        assertThrows(
            InputException.class,
            () -> ConfigBinder.bind(Config.class, Map.of("rank", "1", "RANK", "2")));
    assertEquals("option rank is given twice", option.getMessage());
  }

  @Test
  void unknownOptionsGetTheNearestName() {
    InputException error =
        assertThrows(
            InputException.class, () -> ConfigBinder.bind(Config.class, Map.of("rnak", "1")));
    assertEquals("unknown option 'rnak'; did you mean 'rank'?", error.getMessage());
    InputException none =
        assertThrows(InputException.class, () -> ConfigBinder.bind(Nothing.class, Map.of("a", "")));
    assertEquals("unknown option 'a'; there are no options", none.getMessage());
  }

  @Test
  void aRecordsRefusalKeepsItsMessageAndNamesTheOptions() {
    InputException error =
        assertThrows(
            InputException.class, () -> ConfigBinder.bind(Config.class, Map.of("rank", "0")));
    assertEquals("rank 0 must be at least 1 (options given: {rank=0})", error.getMessage());
  }

  @Test
  void aRecordsMistakeIsNotTheUsers() {
    IllegalStateException error =
        assertThrows(
            IllegalStateException.class,
            () -> ConfigBinder.bind(Config.class, Map.of("name", "crash")));
    assertTrue(error.getMessage().contains("a mistake of the plugin"), error.getMessage());
  }

  @Test
  void textThatWouldNotSurviveIsRefused() {
    Config config = ConfigBinder.bind(Config.class, Map.of("name", "x"));
    Config blank =
        new Config(
            1,
            0,
            1,
            false,
            "",
            Bias.NONE,
            List.of(" padded"),
            config.stages(),
            config.biases(),
            Map.of(),
            Map.of(),
            Map.of());
    assertThrows(IllegalArgumentException.class, () -> ConfigBinder.toMap(blank));
  }
}
