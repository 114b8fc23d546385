package io.peft4j.api.select;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Param;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The groups of Swin-Tiny have the sizes that the papers' code counts. */
class ParamGroupTest {
  private static final Backbone TINY = SwinTables.tiny();

  @ParameterizedTest
  @CsvSource({
    "PATCH_EMBED, 4896", // conv 4,704 and norm 192
    "MERGING, 1548288",
    "NORMS, 23232", // blocks 17,664, merging 5,376, patch embedding 192
    "POSITION_BIAS, 23322",
    "BIASES, 51456",
    "OTHERS, 1599546",
  })
  void groupsOfSwinTinyHaveTheirPublishedSizes(ParamGroup group, long numbers) {
    assertEquals(numbers, size(ParamGroup.union(List.of(group), TINY)));
  }

  @Test
  void theTablesOfSwinTinyAreComplete() {
    assertEquals(27_517_818, size(TINY.params()));
  }

  @Test
  void overlapsAreCountedOnce() {
    List<ParamGroup> four = Arrays.asList(ParamGroup.values()).subList(0, 4);
    assertEquals(ParamGroup.union(List.of(ParamGroup.OTHERS), TINY), ParamGroup.union(four, TINY));
    List<ParamGroup> embedAndNorms = List.of(ParamGroup.PATCH_EMBED, ParamGroup.NORMS);
    assertEquals(4_896 + 23_232 - 192, size(ParamGroup.union(embedAndNorms, TINY)));
  }

  /** Groups of PVT are counted beside its graph. */
  @Test
  void aGroupThatABackboneLacksIsRefusedByName() {
    assertEquals(0, size(ParamGroup.union(List.of(ParamGroup.SR), TINY)));
    InputException e =
        assertThrows(
            InputException.class,
            () -> ParamGroup.unfrozen(List.of(ParamGroup.NORMS, ParamGroup.SR), TINY));
    assertEquals(
        "unfreeze: swin-test has no sr; it has patch-embed, merging, norms, position-bias, biases,"
            + " others",
        e.getMessage());
    assertEquals(
        ParamGroup.union(List.of(ParamGroup.NORMS), TINY),
        ParamGroup.unfrozen(List.of(ParamGroup.NORMS), TINY).asList());
  }

  @Test
  void linearWeightsOfBlocksAreInNoGroup() {
    assertTrue(
        TINY.params().stream()
            .filter(p -> p.path().matches(".*(qkv|proj|fc1|fc2)\\.weight"))
            .filter(p -> !p.place().isPatchEmbedding())
            .noneMatch(p -> Arrays.stream(ParamGroup.values()).anyMatch(g -> g.contains(p))));
  }

  private static long size(List<Param> params) {
    return params.stream().mapToLong(p -> p.shape().size()).sum();
  }
}
