package io.peft4j.tglora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.Task;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.grouping.SimilarityFile;
import io.peft4j.testkit.OptionText;
import io.peft4j.testkit.PublishedTasks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** TGLoRA bound to Swin-Tiny: numbers, groups and refusals. */
class TgloraDeclaredTest {
  private static final MethodDescriptor TGLORA = MethodRegistry.discover().get("tglora");
  private static final Backbone TINY =
      Swin.build(
          Swin.preset("swin-tiny").withImage(448, 448), WeightSource.shapesOnly(), DataType.FLOAT);
  private static final List<Task> PASCAL = PublishedTasks.PASCAL;
  private static final List<Task> NYUD =
      List.of(new Task("semseg", 40), new Task("normals", 3), new Task("depth", 1));
  private static final String LIKE =
      "similarity=semseg+human_parts=0.1,semseg+sal=0.4,semseg+normals=-0.2,human_parts+sal=0.2,"
          + "human_parts+normals=0.3,sal+normals=-0.1";

  // 16 (attention 6) times Σ C·depth·rank; others 1,599,546
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "rank=64; 3342336",
        "rank=64 groups=1,1,1,1; 3342336",
        "rank=64 groups=all,semseg+sal/human_parts+normals,each,each; 3342336",
        "rank=64 unfreeze=others; 4941882",
        "rank=64 targets=attn; 1253376",
        "rank=32 targets=attn; 700416",
        "rank=16 lastStageRank=0; 1130496",
      })
  void theGraphHoldsTheFormulasNumbersWhateverTheGroups(String options, long numbers) {
    assertEquals(numbers, bind(options, PASCAL).declaredParameters().orElseThrow());
    PeftModel model = Peft.adapt(TINY, "tglora", OptionText.parse(options), PASCAL);
    assertEquals(numbers, model.parameters().backboneTrainable());
    assertEquals(numbers, model.parameters().used());
  }

  @Test
  void ranksAreSplitByTheTasksOfAGroup() {
    PeftModel model =
        Peft.adapt(
            TINY, "tglora", OptionText.parse("rank=63 lastStageRank=0 groups=1,1,2,3"), NYUD);
    Map<String, List<Integer>> shapes =
        model.target().trainables().stream()
            .filter(t -> t.name().matches("layers\\.[023]\\.blocks\\.1\\.attn\\.qkv\\.lora_A.*"))
            .collect(Collectors.toMap(t -> t.name(), t -> List.of((int) t.shape().dim(0))));
    assertEquals(
        Map.of(
            "layers.0.blocks.1.attn.qkv.lora_A", List.of(63),
            "layers.2.blocks.1.attn.qkv.lora_A.normals+semseg", List.of(42),
            "layers.2.blocks.1.attn.qkv.lora_A.depth", List.of(21),
            "layers.3.blocks.1.attn.qkv.lora_A.semseg", List.of(21),
            "layers.3.blocks.1.attn.qkv.lora_A.normals", List.of(21),
            "layers.3.blocks.1.attn.qkv.lora_A.depth", List.of(21)),
        shapes);
  }

  @Test
  void oneGroupEverywhereHasTheCostOfTheSharedBackbone() {
    long shared = macs("groups=1,1,1,1");
    assertEquals(shared, macs("groups=all,all,all,all"));
    assertTrue(macs("groups=1,1,1,2 lastStageRank=16") > shared);
  }

  @Test
  void similarityDecidesWhoSharesAndTheOrderWhereThereIsNone() {
    assertEquals(
        Set.of("human_parts+semseg", "normals+sal"), streams(1, bind("groups=1,2,3,4", PASCAL)));
    assertEquals(
        Set.of("sal+semseg", "human_parts+normals"),
        streams(1, bind("groups=1,2,3,4 " + LIKE, PASCAL)));
    assertEquals(Set.of("shared"), streams(0, bind("groups=1,2,3,4 " + LIKE, PASCAL)));
  }

  @Test
  void aFileServesAsTheOptionDoesAndIsNotNeededAgain(@TempDir Path folder) throws IOException {
    TgloraConfig inline = (TgloraConfig) TGLORA.configure(OptionText.parse(LIKE));
    List<String> names = PASCAL.stream().map(Task::name).toList();
    Path file =
        Files.write(
            folder.resolve("similarity.csv"),
            SimilarityFile.lines(
                io.peft4j.grouping.Similarity.ofPairs(names, inline.similarity())));
    assertEquals(inline, TGLORA.configure(Map.of("similarityFile", file.toString())));
  }

  /** The costs that the budget is compared with are those of the graph that comes out. */
  @ParameterizedTest
  @CsvSource({"21e9", "25e9", "30e9", "36e9", "45e9", "60e9", "1e12"})
  void automaticGroupsKeepTheBudgetAndUseIt(double budget) {
    String options = "groups=auto budget=macs=%.0f %s".formatted(budget, LIKE);
    long cost = macs(options);
    assertTrue(cost <= budget, () -> cost + " is over " + budget);
    if (budget >= 1e12) {
      assertEquals(4 * macs("groups=1,1,1,1"), cost);
    }
    if (budget >= 30e9) {
      assertTrue(cost > macs("groups=1,1,1,1"), "the budget pays for more than one group");
    }
  }

  @Test
  void aBudgetOfParametersAdmitsAllGroupsOrNone() {
    Rewrite rich = bind("groups=auto budget=params=3342336 " + LIKE, PASCAL);
    assertEquals(4, streams(0, rich).size());
    refused(
        "groups=auto budget=params=3342335 " + LIKE,
        "budget params=3342335: one group in every stage of swin-tiny costs 3342336 already; lower");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "groups=1,2,3; groups are given for 3 stages, but swin-tiny has 4",
        "groups=all,each; groups are given for 2 stages",
        "groups=1,2,3,5; 5 groups need as many tasks, but there are 4: semseg, human_parts, sal",
        "groups=all,all,all,semseg+sal+human_part/normals; groups of stage 3: no task 'human_part';"
            + " did you mean 'human_parts'?",
        "groups=all,all,all,semseg+sal/sal+normals+human_parts; groups of stage 3: task sal is named"
            + " twice; a task is in one group",
        "groups=all,all,all,semseg+sal/normals; groups of stage 3: task human_parts is in no group",
        "groups=all,semseg/human_parts+sal+normals,all,each; groups of stage 2:"
            + " semseg+human_parts+sal+normals merges tasks that stage 1 has apart",
        "groups=all,semseg+sal/human_parts+normals,semseg+normals/sal/human_parts,each; groups of"
            + " stage 2: semseg+normals merges tasks that stage 1 has apart",
        "rank=30; rank 30 cannot be split over the groups of stage 2 by their tasks: semseg, 1 of 4"
            + " tasks, would get 7.50; set rank to a multiple of 4, such as 28",
        "rank=64 lastStageRank=2; lastStageRank 2 cannot be split over the groups of stage 3 by"
            + " their tasks: semseg, 1 of 4 tasks, would get 0.50; set lastStageRank to a multiple"
            + " of 4, such as 4",
        "rank=128; a group's rank 128 is larger than site layers.0.blocks.0.attn.qkv allows",
        "similarity=semseg+sal=0.5; similarity of semseg and human_parts is missing",
        "targets=kqv; 'kqv' matches no linear site of swin-tiny; did you mean 'qkv'?",
        "groups=auto budget=macs=1e9 "
            + LIKE
            + "; budget macs=1000000000: one group in every stage",
      })
  void whatDoesNotFitIsRefused(String options, String message) {
    refused(options, message);
  }

  @Test
  void theDefaultLastRankIsRefusedForThreeTasks() {
    InputException error =
        assertThrows(InputException.class, () -> bind("rank=63 groups=1,1,2,3", NYUD));
    assertTrue(error.getMessage().contains("lastStageRank 16 cannot be split"), error.getMessage());
    assertTrue(error.getMessage().contains("multiple of 3, such as 15"), error.getMessage());
  }

  private static void refused(String options, String message) {
    InputException error = assertThrows(InputException.class, () -> bind(options, PASCAL));
    assertTrue(error.getMessage().contains(message), error.getMessage());
  }

  private static long macs(String options) {
    return Peft.adapt(TINY, "tglora", OptionText.parse(options), PASCAL).macs().convention();
  }

  private static Set<String> streams(int stage, Rewrite rewrite) {
    Place place = new Place(stage, 0, 2, "attn.qkv");
    return PASCAL.stream()
        .map(t -> rewrite.router().route(place, Stream.of(t.name())).id())
        .collect(Collectors.toSet());
  }

  private static Rewrite bind(String options, List<Task> tasks) {
    return TGLORA.method().bind(TGLORA.configure(OptionText.parse(options)), TINY, tasks);
  }
}
