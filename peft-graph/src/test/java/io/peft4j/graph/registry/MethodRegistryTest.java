package io.peft4j.graph.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.graph.registry.fixture.Providers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A broken provider is named with its jar and hides no other; a duplicate id serves nobody. */
class MethodRegistryTest {
  private @TempDir Path temp;

  @Test
  void goodProvidersAreListedByIdWithTheirOptions() throws IOException {
    MethodRegistry registry =
        new FixtureJars(temp)
            .jar("plugin-1.jar", Providers.Good.class, Providers.AlsoGood.class)
            .discover();
    assertEquals(
        List.of("also-good", "good"),
        registry.methods().stream().map(MethodDescriptor::id).toList());
    assertEquals(List.of(), registry.problems());
    MethodDescriptor good = registry.get("good");
    assertEquals(temp.resolve("plugin-1.jar").toString(), good.location());
    assertEquals("unversioned", good.version());
    assertEquals(
        List.of(
            new OptionSpec("rank", "int", "4", "A rank."),
            new OptionSpec("name", "text", "", "A name.")),
        good.options());
  }

  @Test
  void lookupIgnoresCaseAndBlanks() throws IOException {
    MethodRegistry registry = new FixtureJars(temp).jar("p.jar", Providers.Good.class).discover();
    assertEquals("good", registry.get(" GooD ").id());
  }

  @Test
  void unknownMethodGetsTheNearestName() throws IOException {
    MethodRegistry registry =
        new FixtureJars(temp)
            .jar("p.jar", Providers.Good.class, Providers.AlsoGood.class)
            .discover();
    InputException error = assertThrows(InputException.class, () -> registry.get("godo"));
    assertEquals("unknown method 'godo'; did you mean 'good'?", error.getMessage());
    InputException far = assertThrows(InputException.class, () -> registry.get("zzzzzzzz"));
    assertEquals("unknown method 'zzzzzzzz'; known: also-good, good", far.getMessage());
  }

  @Test
  void unknownMethodMentionsBrokenProviders() throws IOException {
    MethodRegistry registry =
        new FixtureJars(temp).jar("p.jar", Providers.Abstract.class).discover();
    InputException error = assertThrows(InputException.class, () -> registry.get("abstract"));
    assertTrue(error.getMessage().contains("1 provider could not be used"), error.getMessage());
    assertTrue(error.getMessage().contains("p.jar"), error.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "Abstract, the class is abstract",
    "NoConstructor, no-arg constructor",
    "ThrowingConstructor, no licence",
    "ThrowingInitializer, not a number",
    "ThrowingId, id is not known yet",
    "NullId, id() returned null",
    "BlankId, id ' ' must be",
    "OddId, id 'My Method' must be",
    "NullConfig, configType() returned null",
    "BareOption, component rank of",
    "OddType, type java.lang.Object cannot be an option",
    "OddDefault, 'four' is not of type int",
    "RefusedDefault, rank 0 must be at least 1",
    "OddPreset, preset 'none' on pvt: rank 0 must be at least 1",
    "OddPresetName, preset 'My Preset' must be",
    "MissingParent, Parent",
    "NotAMethod, not a subtype",
    "Ghost, not found",
  })
  void aBrokenProviderIsNamedAndHidesNoOther(String broken, String reason) throws IOException {
    String name = Providers.class.getName() + "$" + broken;
    // broken ones before, between and after good ones, since a failure must not end the iteration
    MethodRegistry registry =
        new FixtureJars(temp)
            .jar(
                "plugin.jar",
                String.join(
                    "\n",
                    name,
                    "# comment",
                    Providers.Good.class.getName(),
                    Providers.class.getName() + "$AnotherGhost",
                    Providers.AlsoGood.class.getName()))
            .discover();
    assertEquals(2, registry.methods().size(), registry.problems().toString());
    List<RegistryProblem> problems =
        registry.problems().stream().filter(p -> p.provider().equals(name)).toList();
    assertEquals(1, problems.size(), registry.problems().toString());
    assertEquals(temp.resolve("plugin.jar").toString(), problems.get(0).location());
    assertTrue(problems.get(0).message().contains(reason), problems.get(0).message());
    assertFalse(problems.get(0).message().contains("\n"));
    assertEquals(2, registry.problems().size(), registry.problems().toString());
  }

  @Test
  void anUnreadableServiceFileHidesNoOther() throws IOException {
    MethodRegistry registry =
        new FixtureJars(temp)
            .folder("classes", "this is no class name\n")
            .jar("good.jar", Providers.Good.class)
            .discover();
    assertEquals("good", registry.get("good").id());
    assertEquals(1, registry.problems().size(), registry.problems().toString());
    assertTrue(registry.problems().get(0).toString().contains("classes"));
  }

  @Test
  void aDuplicateIdIsRefusedNamingBothJarsWhileOthersWork() throws IOException {
    MethodRegistry registry =
        new FixtureJars(temp)
            .only("first.jar", Providers.Good.class)
            .only("second.jar", Providers.Impostor.class)
            .only("third.jar", Providers.AlsoGood.class)
            .discover();
    InputException error = assertThrows(InputException.class, () -> registry.get("good"));
    assertTrue(
        error.getMessage().contains(temp.resolve("first.jar").toString()), error.getMessage());
    assertTrue(
        error.getMessage().contains(temp.resolve("second.jar").toString()), error.getMessage());
    assertEquals("also-good", registry.get("also-good").id());
    assertEquals(1, registry.methods().size());
    assertEquals(2, registry.problems().size());
  }

  @Test
  void configureNamesTheMethod() throws IOException {
    MethodDescriptor good =
        new FixtureJars(temp).jar("p.jar", Providers.Good.class).discover().get("good");
    InputException error =
        assertThrows(InputException.class, () -> good.configure(Map.of("rnk", "2")));
    assertEquals("method good: unknown option 'rnk'; did you mean 'rank'?", error.getMessage());
    assertTrue(good.configure(Map.of("rank", "2")).toString().contains("rank=2"));
  }

  @Test
  void aPresetIsOverriddenByFamilyAndByWhatIsGiven() throws IOException {
    MethodDescriptor method =
        new FixtureJars(temp).jar("p.jar", Providers.WithPreset.class).discover().get("preset");
    assertEquals(
        Map.of("rank", "2", "name", "x"), method.presetOptions("small", "pvt-nano", Map.of()));
    assertEquals(
        Map.of("rank", "3", "name", "x"), method.presetOptions("small", "swin-nano", Map.of()));
    assertEquals(
        Map.of("rank", "5", "name", "x"),
        method.presetOptions("small", "swin-nano", Map.of("Rank", "5")),
        "however the name is spelled");
  }

  @Test
  void anUnknownPresetIsToldByMethodWithTheNearestName() throws IOException {
    MethodRegistry registry =
        new FixtureJars(temp)
            .jar("p.jar", Providers.Good.class, Providers.WithPreset.class)
            .discover();
    assertEquals(
        "method preset has no preset 'smal'; did you mean 'small'?",
        presetRefusal(registry.get("preset"), "smal"));
    assertEquals(
        "method good has no preset 'small'; it has none at all",
        presetRefusal(registry.get("good"), "small"));
  }

  private static String presetRefusal(MethodDescriptor method, String preset) {
    return assertThrows(
            InputException.class, () -> method.presetOptions(preset, "swin-nano", Map.of()))
        .getMessage();
  }

  @Test
  void anEmptyClassPathHasNoMethods() throws IOException {
    MethodRegistry registry = new FixtureJars(temp).discover();
    InputException error = assertThrows(InputException.class, () -> registry.get("lora"));
    assertEquals("unknown method 'lora'; none is on the class path", error.getMessage());
  }
}
