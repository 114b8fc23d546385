package io.peft4j.adapters.named;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.adapters.Adapter;
import io.peft4j.adapters.Models;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Whichever adapter is in use, features are those of a model of its own, to the bit. */
class NamedAdaptersTest {
  private final Backbone backbone = Models.backbone();
  private final INDArray images = Models.images(backbone, 2);
  private final NamedAdapters adapters = new NamedAdapters(backbone, Models.TASKS);
  private final Map<String, List<String>> frozen = bits();

  private Adapter lora(long seed) {
    return Models.adapter(backbone, "lora", "rank=2", seed);
  }

  private Map<String, List<String>> alone(Adapter adapter) {
    return Models.featureBits(adapter.on(backbone, Models.TASKS).features(images));
  }

  private Map<String, List<String>> bits() {
    return Models.featureBits(adapters.features(images));
  }

  @Test
  void switchingGivesEachItsOwnFeaturesInOneGraph() {
    adapters.add("a", lora(1));
    adapters.add("b", lora(2));
    adapters.add("c", Models.adapter(backbone, "lora", "rank=2 dora=true", 3));
    assertEquals(List.of("a", "b", "c"), adapters.names());
    assertEquals(frozen, bits(), "nothing is in use before it is chosen");
    adapters.use("a");
    PeftModel graph = adapters.model();
    for (String name : List.of("a", "b", "c", "b", "a")) {
      adapters.use(name);
      assertEquals(alone(adapters.get(name)), bits(), name);
    }
    assertSame(graph, adapters.model(), "a and b share a graph that was built once");
    assertEquals(Optional.of("a"), adapters.active());
  }

  /** A shared adapter fits any tasks, whatever its own are called; one of each task does not. */
  @ParameterizedTest
  @ValueSource(strings = {"semseg", "proj", "attn", "qkv", "lora_a", "weight"})
  void aTasksNameDecidesNothing(String name) {
    List<Task> tasks = List.of(new Task(name, 5));
    PeftModel shared = Peft.adapt(backbone, "lora", Models.options("rank=2"), tasks);
    Adapter adapter = Adapter.of(shared, false);
    adapter.requireFits(backbone, Models.TASKS);
    adapters.add("a", adapter);
    PeftModel own = Peft.adapt(backbone, "lora", Models.options("rank=2 perTask=true"), tasks);
    assertThrows(
        InputException.class, () -> Adapter.of(own, false).requireFits(backbone, Models.TASKS));
    Adapter.of(own, false).requireFits(backbone, tasks);
  }

  @Test
  void disabledTheBackboneIsFrozenAndAfterwardsTheAdapterIsBack() {
    adapters.add("a", lora(1));
    adapters.use("a");
    Map<String, List<String>> adapted = bits();
    assertNotEquals(frozen, adapted);
    NamedAdapters.Disabled outer = adapters.disable();
    assertEquals(frozen, bits());
    NamedAdapters.Disabled inner = adapters.disable();
    inner.close();
    inner.close();
    assertEquals(frozen, bits(), "the outer block goes on");
    outer.close();
    assertEquals(adapted, bits());
  }

  @Test
  void aSwapIsInPlaceWhereTheConfigurationAgrees() {
    adapters.add("a", lora(1));
    adapters.use("a");
    PeftModel graph = adapters.model();
    assertEquals(NamedAdapters.Swap.IN_PLACE, adapters.swap("a", lora(2)));
    assertSame(graph, adapters.model());
    assertEquals(alone(lora(2)), bits());
    Adapter scaled = Models.adapter(backbone, "lora", "rank=2 alpha=3", 4);
    assertEquals(NamedAdapters.Swap.REBUILT, adapters.swap("a", scaled));
    assertEquals(alone(scaled), bits());
  }

  @Test
  void whatIsTaughtIsKeptWhileAnotherIsInUse() {
    adapters.add("a", lora(1));
    adapters.add("b", lora(2));
    adapters.use("a");
    adapters.model().arrays().values().forEach(array -> array.muli(1.5));
    Map<String, List<String>> taught = bits();
    adapters.use("b");
    adapters.use("a");
    assertEquals(taught, bits());
    assertEquals(taught, alone(adapters.get("a")));
  }

  @Test
  void removedItIsGoneAndTheOthersStay() {
    adapters.add("a", lora(1));
    adapters.add("b", lora(2));
    adapters.use("b");
    adapters.remove("a");
    assertEquals(alone(lora(2)), bits());
    adapters.remove("b");
    assertEquals(frozen, bits());
    assertEquals(Optional.empty(), adapters.active());
    assertTrue(adapters.names().isEmpty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a.b", "x lora_A", "lora_b", "../a", "ä"})
  void namesThatKeysOfFilesCannotHaveAreRefused(String name) {
    assertThrows(InputException.class, () -> adapters.add(name, lora(1)));
  }

  @Test
  void wrongInputsNameWhatIsWrongAndChangeNothing() {
    adapters.add("indoor", lora(1));
    adapters.use("indoor");
    Map<String, List<String>> before = bits();
    refused("'indoor' is there already", () -> adapters.add("indoor", lora(2)));
    refused("did you mean 'indoor'", () -> adapters.use("indor"));
    refused("did you mean 'indoor'", () -> adapters.remove("indor"));
    Backbone pvt = Models.backbone(Models.pvt(), DataType.FLOAT);
    Adapter other = Models.adapter(pvt, "lora", "rank=2", 1);
    refused("pvt-micro", () -> adapters.add("other", other));
    refused("pvt-micro", () -> adapters.swap("indoor", other));
    assertEquals(List.of("indoor"), adapters.names());
    assertEquals(before, bits());
  }

  @Test
  void anAdapterOfOtherTasksIsRefusedNamingBoth() {
    Adapter two = Models.adapter(backbone, "lora", "rank=2 perTask=true", 1);
    NamedAdapters one = new NamedAdapters(backbone, List.of(new Task("sal", 1)));
    refused("for 2 tasks (sal:1, normals:3), but 1 (sal:1) is wanted", () -> one.add("two", two));
  }

  private static void refused(String word, Runnable action) {
    InputException e = assertThrows(InputException.class, action::run);
    assertTrue(e.getMessage().contains(word), e.getMessage());
  }
}
