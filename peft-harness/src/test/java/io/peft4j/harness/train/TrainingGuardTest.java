package io.peft4j.harness.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What ends a training, what is only warned of, and what is right. */
class TrainingGuardTest {
  private static final Set<String> GRADIENTS = Set.of("moving", "stuck");

  private final INDArray moving = Nd4j.zeros(2);
  private final Map<String, INDArray> parameters =
      Map.of("moving", moving, "stuck", Nd4j.zeros(2), "rare", Nd4j.zeros(2));

  @Test
  void aModelWithoutTrainablesIsRefused() {
    TrainingException e = assertThrows(TrainingException.class, () -> new TrainingGuard(Map.of()));
    assertTrue(e.getMessage().contains("0 trainable parameters"), e.getMessage());
  }

  @Test
  void theGuardNamesTheFirstTensorThatIsNotFinite() {
    Map<String, INDArray> gradients = new LinkedHashMap<>();
    gradients.put("fine", Nd4j.ones(2));
    gradients.put("broken", Nd4j.createFromArray(1f, Float.NaN));
    TrainingException e =
        assertThrows(
            TrainingException.class,
            () -> TrainingGuard.requireFinite(3, Map.of(), gradients, Double.NaN));
    assertTrue(e.getMessage().contains("step 3: the gradient of 'broken'"), e.getMessage());
    TrainingException loss =
        assertThrows(
            TrainingException.class,
            () -> TrainingGuard.requireFinite(3, Map.of("loss.sal", 1 / 0.0), gradients, 1));
    assertTrue(loss.getMessage().contains("loss.sal is Infinity"), loss.getMessage());
  }

  @Test
  void whatHasHadAGradientAndDoesNotMoveIsWarnedOfOnce() {
    TrainingGuard guard = new TrainingGuard(parameters);
    for (int i = 1; i <= 9; i++) {
      moving.addi(1);
      Optional<String> warning = guard.updated(i, GRADIENTS::contains);
      assertEquals(i == 5, warning.isPresent(), "update " + i);
      warning.ifPresent(
          w -> assertTrue(w.contains("1 of 3 trainables") && w.contains("'stuck'"), w));
    }
    assertEquals(Optional.empty(), guard.ended(9, GRADIENTS::contains));
    assertEquals(1, guard.warnings().size());
  }

  @Test
  void aLateGradientThatMovesNothingIsWarnedOfAtTheEnd() {
    TrainingGuard guard = new TrainingGuard(parameters);
    moving.addi(1);
    assertTrue(guard.updated(5, Set.of("moving")::contains).isEmpty());
    String warning = guard.ended(9, GRADIENTS::contains).orElseThrow();
    assertTrue(warning.contains("after 9 updates 1 of 3"), warning);
  }

  /** Whether the training stopped between, and where a value is back at its start meanwhile. */
  @Test
  void aTrainingThatGoesOnWarnsAsIfItHadNotStopped() {
    TrainingGuard first = new TrainingGuard(parameters);
    moving.addi(1);
    first.updated(5, Set.of("moving")::contains);
    TrainState.Watched watched = first.watched(6).orElseThrow();
    assertEquals(Set.of("stuck", "rare"), Set.copyOf(watched.unmoved()));
    moving.assign(0);

    TrainingGuard resumed = new TrainingGuard(parameters);
    resumed.resumed(6, Optional.of(watched));
    assertEquals(first.ended(9, GRADIENTS::contains), resumed.ended(9, GRADIENTS::contains));
    assertEquals(first.warnings(), resumed.warnings());

    TrainingGuard ofAnOlderVersion = new TrainingGuard(parameters);
    ofAnOlderVersion.resumed(6, Optional.empty());
    assertEquals(Optional.empty(), ofAnOlderVersion.ended(9, GRADIENTS::contains));
  }

  @Test
  void beforeAnythingWasLookedAtNothingIsToBeKept() {
    TrainingGuard guard = new TrainingGuard(parameters);
    assertEquals(Optional.empty(), guard.watched(4));
    guard.resumed(4, Optional.empty());
    moving.addi(1);
    assertTrue(guard.updated(5, GRADIENTS::contains).isPresent());
    assertEquals(List.of("rare"), guard.watched(5).orElseThrow().unmoved());
  }
}
