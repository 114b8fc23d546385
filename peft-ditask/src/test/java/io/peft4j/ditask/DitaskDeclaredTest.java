package io.peft4j.ditask;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.accounting.ParameterReport;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.Peft;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.testkit.OptionText;
import io.peft4j.testkit.PublishedTasks;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** DiTASK on Swin has the published numbers; a configuration that does not fit is refused. */
class DitaskDeclaredTest {
  private static final MethodDescriptor DITASK = MethodRegistry.discover().get("ditask");
  private static final Backbone TINY = backbone("swin-tiny");
  private static final List<Task> PASCAL = PublishedTasks.PASCAL;

  // others of Swin-Tiny: 1,599,546; 48 sites, 12 of them with tasks
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "basis=rref; 1602714", // defaults: 64 and 4 cells
        "sharedCells=128 taskCells=64; 1608666",
        "unfreeze=; 3168", // 63·48 + 3·12·4
        "sharedCells=128 taskCells=64 unfreeze=; 9120",
        "unfreeze= components=shared; 3024",
        "unfreeze= components=task; 144",
        "unfreeze= cellsOfTask=normals=8; 3216", // + 4·12
        "unfreeze= thetaPerPart=true; 4680", // + 2·63·12
        "unfreeze= targets=merging; 189", // no task has one in the merging
        "targets=all-linear unfreeze=others; 54615", // merging decomposed: + 189 - 1,548,288
        "unfreeze= exclude=fc2; 2364",
      })
  void declaredNumbers(String options, long numbers) {
    assertEquals(numbers, bind(options).declaredParameters().orElseThrow());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "swin-tiny; 64; 4; 3168; 1602714",
        "swin-small; 128; 64; 15216; 1657530",
        "swin-base; 128; 64; 15216; 2893096",
        "swin-large; 128; 64; 15216; 6396420",
      })
  void theGraphHoldsThePublishedNumbersWithoutAnyArray(
      String backbone, int sharedCells, int taskCells, long theta, long trainable) {
    Map<String, String> options =
        Map.of("sharedCells", "" + sharedCells, "taskCells", "" + taskCells);
    ParameterReport report = Peft.adapt(backbone(backbone), "ditask", options, PASCAL).parameters();
    assertEquals(theta, report.adapter());
    assertEquals(trainable, report.backboneTrainable());
    // the shared θ of proj, fc1 and fc2 in the very last block
    assertEquals(trainable - 3L * (sharedCells - 1), report.used());
  }

  @Test
  void aSingleTaskHasTheSameModules() {
    Map<String, String> options = Map.of();
    ParameterReport report = Peft.adapt(TINY, "ditask", options, PASCAL.subList(0, 1)).parameters();
    assertEquals(3_060, report.adapter());
    assertEquals(1_602_606, report.backboneTrainable());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "targets=kqv; 'kqv' matches no linear site of swin-tiny; did you mean 'qkv'?",
        "cellsOfTask=normal=8; cellsOfTask: there is no task 'normal'; did you mean 'normals'?",
        "components=task targets=qkv; components=task: none of the selected sites of swin-tiny",
        "sharedCells=1; sharedCells 1 must be at least 2",
        "taskCells=-3; taskCells -3 must be at least 2",
        "cellsOfTask=sal=1; cellsOfTask sal 1 must be at least 2",
        "dropout=1; dropout 1.0 must lie in [0, 1)",
      })
  void whatDoesNotFitIsRefused(String options, String message) {
    InputException error = assertThrows(InputException.class, () -> bind(options));
    assertTrue(error.getMessage().contains(message), error.getMessage());
  }

  private static Backbone backbone(String preset) {
    return Swin.build(Swin.preset(preset), WeightSource.shapesOnly(), DataType.FLOAT);
  }

  private static Rewrite bind(String options) {
    Map<String, String> map = OptionText.parse(options);
    return DITASK.method().bind(DITASK.configure(map), TINY, PASCAL);
  }
}
