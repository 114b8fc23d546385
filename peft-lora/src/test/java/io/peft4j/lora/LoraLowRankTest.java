package io.peft4j.lora;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.lowrank.LowRankAdapter;
import io.peft4j.api.lowrank.LowRankForm;
import io.peft4j.api.lowrank.LowRankUpdate;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Told as low-rank updates and made from them again, a state computes the same. */
class LoraLowRankTest {
  private static final int TOKENS = 3;
  private static final List<Task> TWO = List.of(new Task("sal", 1), new Task("edge", 1));
  private static final LowRankForm FORM = new LoraMethod().lowRankForm().orElseThrow();

  private final OneLayer layer = OneLayer.of(normal(1, 12, 8), normal(2, 12), TOKENS);
  private final INDArray x = normal(3, 2 * TOKENS, 8);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rank=2",
        "rank=3 alpha=5 rslora=true bias=all",
        "rank=2 dora=true bias=lora-only dropout=0.2",
        "rank=2 init=gaussian rankPattern=linear=3",
      })
  void onePairALayerIsTheSameToTheBit(String options) {
    PeftModel model = trained(options, OneLayer.TASK);
    PeftModel again = again(model);
    model
        .state()
        .forEach(
            (name, array) ->
                assertArrayEquals(
                    array.data().asDouble(), again.state().get(name).data().asDouble(), name));
    assertArrayEquals(rows(model, "sal").data().asDouble(), rows(again, "sal").data().asDouble());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rank=2 qkvParts=q,v",
        "rank=2 qkvParts=k rslora=true dora=true",
        "rank=2 init=pissa alpha=3",
        "rank=2 init=pissa rslora=true dora=true",
        "rank=1 init=pissa qkvParts=q,k,v",
      })
  void partsAndPissaBecomeOneLargerPair(String options) {
    PeftModel model = trained(options, OneLayer.TASK);
    assertClose(rows(model, "sal"), rows(again(model), "sal"));
  }

  @Test
  void tasksKeepTheirOwn() {
    PeftModel model = trained("rank=2 perTask=true bias=all", TWO);
    PeftModel again = again(model);
    assertEquals(model.state().keySet(), again.state().keySet());
    for (Task task : TWO) {
      assertClose(rows(model, task.name()), rows(again, task.name()));
    }
  }

  @Test
  void aNormBeforeTheUpdateIsRefused() {
    PeftModel model = trained("rank=2 norm=block", OneLayer.TASK);
    InputException e = assertThrows(InputException.class, () -> lowRank(model));
    assertTrue(e.getMessage().contains("norm none"), e.getMessage());
  }

  @Test
  void anUpdateOfAnotherWidthIsRefusedNamingBoth() {
    LowRankUpdate update =
        new LowRankUpdate(normal(1, 2, 9), normal(2, 12, 2), 8, Optional.empty());
    LowRankAdapter adapter = new LowRankAdapter(false, 0, Map.of(OneLayer.SITE, update), Map.of());
    InputException e =
        assertThrows(
            InputException.class,
            () -> FORM.fromLowRank(Map.of(Stream.SHARED, adapter), layer.backbone()));
    assertTrue(e.getMessage().contains("for 9 inputs and 12 outputs"), e.getMessage());
    assertTrue(e.getMessage().contains("has 8 and 12"), e.getMessage());
  }

  private PeftModel trained(String options, List<Task> tasks) {
    PeftModel model = layer.lora(options, tasks);
    Random random = new Random(4);
    model
        .arrays()
        .values()
        .forEach(
            a -> {
              for (long i = 0; i < a.length(); i++) {
                a.putScalar(i, a.getDouble(i) + 0.3 * random.nextGaussian());
              }
            });
    return model;
  }

  private Map<Stream, LowRankAdapter> lowRank(PeftModel model) {
    return FORM.toLowRank(model.config(), layer.backbone(), model.state());
  }

  private PeftModel again(PeftModel model) {
    LowRankForm.Adapted adapted = FORM.fromLowRank(lowRank(model), layer.backbone());
    PeftModel again = Peft.adapt(layer.backbone(), adapted.config(), model.tasks());
    again.load(adapted.state());
    return again;
  }

  private INDArray rows(PeftModel model, String task) {
    return OneLayer.rows(model, x, task);
  }

  private static INDArray normal(long seed, long... shape) {
    Random random = new Random(seed);
    INDArray array = Nd4j.create(DataType.DOUBLE, shape);
    for (long i = 0; i < array.length(); i++) {
      array.putScalar(i, random.nextGaussian());
    }
    return array;
  }

  private static void assertClose(INDArray expected, INDArray actual) {
    assertEquals(0, expected.sub(actual).amaxNumber().doubleValue(), 1e-10);
  }
}
