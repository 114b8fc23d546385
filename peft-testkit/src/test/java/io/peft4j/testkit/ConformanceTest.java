package io.peft4j.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.swin.SwinConfig;
import io.peft4j.backbones.weights.WeightSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.opentest4j.TestAbortedException;

/** Each broken fixture fails exactly the laws that it breaks; the good one fails none. */
class ConformanceTest {
  /** What the checks gave: failures with their messages, and the names of skipped laws. */
  private record Outcome(Map<String, String> failed, Set<String> skipped) {}

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          starts-elsewhere             | starts as the frozen backbone
          reads-another-task           | passes no gradient of one task to another's parameters
          miscounts-itself             | trains as many numbers as its formula says
          changes-the-backbone         | leaves every frozen array untouched to the bit
          sends-shared-to-a-task       | routes shared to shared, idempotently, to streams that serve the task
          asks-for-itself              | rewrites the backbone
          uses-a-foreign-operation     | uses audited operations only
          shares-a-misshapen-parameter | rewrites the backbone
          mixes-images                 | gives an image the same features in any batch
          never-learns                 | lowers the loss in five steps, moving every trainable
          judges-by-a-name             | trains the same whatever its tasks are called
          listens-to-a-name            | computes the same whatever its tasks are called
          takes-any-number             | refuses values out of range
          """)
  void aBrokenMethodFailsTheLawThatItBreaks(String id, String law) {
    Outcome outcome = run(id);
    assertEquals(Set.of(law), outcome.failed().keySet(), () -> outcome.failed().toString());
    assertTrue(outcome.failed().get(law).contains("What to do:"), outcome.failed().get(law));
  }

  @Test
  void whatIsNotDecidedByTheSeedIsFoundWhereverItShows() {
    assertEquals(
        Set.of("emits the same graph for the same seed", "is not disturbed by another thread"),
        run("draws-from-its-own-dice").failed().keySet());
    assertEquals(
        Set.of(
            "emits the same graph for the same seed",
            "is not disturbed by another thread",
            "computes the same to the bit after saving and loading",
            // two models of one seed are compared there
            "computes the same whatever its tasks are called",
            "has gradients that agree with finite differences"),
        run("forgets-a-factor").failed().keySet());
  }

  @Test
  void aTaskAnsweredByAnotherIsAnErrorOfTheRouter() {
    Set<String> failed = run("swaps-tasks").failed().keySet();
    assertTrue(
        failed.contains("routes shared to shared, idempotently, to streams that serve the task"),
        failed.toString());
  }

  @Test
  void lawsThatNeedABrokenModelAreSkippedNotFailed() {
    assertTrue(run("asks-for-itself").skipped().contains("starts as the frozen backbone"));
    assertTrue(
        run("uses-a-foreign-operation")
            .skipped()
            .contains("has gradients that agree with finite differences"));
  }

  @ParameterizedTest
  @CsvSource({
    "good",
    "says-that-it-starts-elsewhere",
    "reads-another-task-detached",
    "mixes-tokens"
  })
  void aGoodMethodKeepsEveryLaw(String id) {
    Outcome outcome = run(id);
    assertEquals(Map.of(), outcome.failed());
    assertEquals(Set.of(), outcome.skipped());
  }

  @Test
  void anUndiscoveredMethodSaysHowToBeDiscovered() {
    Outcome outcome = run("no-such-method");
    assertEquals(
        Set.of("is discovered through ServiceLoader by its id"), outcome.failed().keySet());
    assertTrue(
        outcome.failed().values().iterator().next().contains("@AutoService(PeftMethod.class)"));
  }

  @Test
  void promisesAboutMergingAreKept() {
    Map<String, String> none = Map.of();
    String law = "merges without a difference, or refuses naming sites";
    assertEquals(Map.of(), failures(spec("good").withMerging("m", none)));
    assertEquals(Set.of(law), failures(spec("good").withoutMerging("m", none)).keySet());
    assertEquals(Map.of(), failures(spec("reads-another-task-detached").withoutMerging("m", none)));
    assertEquals(Map.of(), failures(spec("mixes-tokens").withoutMerging("m", none)));
    assertEquals(
        Set.of(law), failures(spec("reads-another-task-detached").withMerging("m", none)).keySet());
  }

  @Test
  void aMissingPlaceIsFound() {
    ConformanceSpec spec = ConformanceSpec.of("good").on(new Misplaced());
    List<String> messages = new ArrayList<>();
    for (Check check : Conformance.checks(spec)) {
      if (check.name().equals("places what every parameter computes")) {
        messages.addAll(run(List.of(check)).failed().values());
      }
    }
    assertEquals(1, messages.size());
    assertTrue(
        messages.get(0).contains("layers.0.blocks.1.norm1.weight")
            && messages.get(0).contains("attn.qkv"),
        messages.get(0));
  }

  private static ConformanceSpec spec(String id) {
    return ConformanceSpec.of(id).on(new Tiny()).refuses("strength", "10");
  }

  private static Outcome run(String id) {
    return run(Conformance.checks(spec(id)));
  }

  private static Map<String, String> failures(ConformanceSpec spec) {
    return run(Conformance.checks(spec).stream()
            .filter(c -> c.name().startsWith("merges"))
            .toList())
        .failed();
  }

  private static Outcome run(List<Check> checks) {
    Map<String, String> failed = new LinkedHashMap<>();
    Set<String> skipped = new TreeSet<>();
    for (Check check : checks) {
      try {
        check.body().execute();
      } catch (TestAbortedException e) {
        skipped.add(check.name());
      } catch (AssertionError e) {
        failed.put(check.name(), String.valueOf(e.getMessage()));
      } catch (Throwable e) {
        throw new AssertionError(check.name() + " must fail as an assertion, not by " + e, e);
      }
    }
    return new Outcome(failed, skipped);
  }

  private static final SwinConfig TINY =
      Swin.preset("swin-nano")
          .withId("swin-tiniest")
          .withStages(4, List.of(2), List.of(1))
          .withWindowSize(2)
          .withImage(16, 16);

  /** One stage: enough for what the fixtures break. */
  private record Tiny() implements BackboneUnderTest {
    @Override
    public String name() {
      return TINY.id();
    }

    @Override
    public Backbone build(DataType type) {
      return Swin.build(TINY, WeightSource.random(2), type);
    }

    @Override
    public Backbone buildForCounting() {
      return Swin.build(TINY, WeightSource.shapesOnly(), DataType.FLOAT);
    }
  }

  /** A backbone that forgot to place one norm. */
  private record Misplaced() implements BackboneUnderTest {
    @Override
    public String name() {
      return "misplaced";
    }

    @Override
    public Backbone build(DataType type) {
      Backbone good = new Tiny().build(type);
      Backbone.Builder bad = Backbone.builder("misplaced", good.graph(), type, good.image());
      good.sites().forEach(bad::siteOnPlaced);
      good.params().forEach(bad::param);
      good.features().forEach(bad::feature);
      good.places().forEach((name, place) -> copy(bad, good, name, place));
      return bad.build();
    }

    private static void copy(Backbone.Builder bad, Backbone good, String name, Place place) {
      boolean isFeature = good.features().stream().anyMatch(f -> f.name().equals(name));
      boolean isForgotten = place.role().equals(Role.NORM1) && place.block() == 1;
      if (!isFeature && !isForgotten) {
        bad.place(name, place);
      }
    }

    @Override
    public Backbone buildForCounting() {
      return new Tiny().buildForCounting();
    }
  }
}
