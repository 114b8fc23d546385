package io.peft4j.adapters.hf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.adapters.Models;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.lowrank.LowRankUpdate;
import io.peft4j.api.method.Init;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A fused query, key and value projection and its parts: what is exact, and what is refused. */
class FusedRowsTest {
  private static final int WIDTH = 8;
  private static final int PARTS = 3;

  private final Backbone backbone = Models.backbone(Models.swin(), DataType.DOUBLE);
  private final LinearSite site = (LinearSite) backbone.site("layers.0.blocks.0.attn.qkv");

  private static INDArray normal(long seed, long... shape) {
    return Init.normal(1).create(new SplittableRandom(seed), DataType.DOUBLE, shape);
  }

  private static LowRankUpdate part(long seed, int rank, double alpha) {
    return new LowRankUpdate(
        normal(seed, rank, WIDTH), normal(seed + 50, WIDTH, rank), alpha, Optional.empty());
  }

  private LowRankUpdate joined(TreeMap<Integer, LowRankUpdate> parts) {
    return FusedRows.joined(parts, PARTS, false, site, backbone);
  }

  private static INDArray delta(LowRankUpdate update) {
    return update.b().mmul(update.a()).mul(update.scale(false));
  }

  @Test
  void threeDifferentPartsAreOneUpdateOfThriceTheRank() {
    TreeMap<Integer, LowRankUpdate> parts = new TreeMap<>();
    for (int i = 0; i < PARTS; i++) {
      parts.put(i, part(i, 2, 6));
    }
    LowRankUpdate fused = joined(parts);
    assertEquals(6, fused.rank());
    INDArray expected =
        Nd4j.concat(0, delta(parts.get(0)), delta(parts.get(1)), delta(parts.get(2)));
    assertEquals(0, Models.error(expected, delta(fused)), 1e-14);
    List<Optional<LowRankUpdate>> apart = FusedRows.apart(fused, PARTS, false);
    for (int i = 0; i < PARTS; i++) {
      LowRankUpdate again = apart.get(i).orElseThrow();
      assertEquals(parts.get(i).a(), again.a());
      assertEquals(parts.get(i).b(), again.b());
      assertEquals(6, again.alpha(), 1e-12);
    }
  }

  @Test
  void oneFusedUpdateIsThreePartsWithItsRowsAndOneA() {
    LowRankUpdate fused =
        new LowRankUpdate(normal(1, 2, WIDTH), normal(2, PARTS * WIDTH, 2), 5, Optional.empty());
    TreeMap<Integer, LowRankUpdate> parts = new TreeMap<>();
    List<Optional<LowRankUpdate>> apart = FusedRows.apart(fused, PARTS, false);
    for (int i = 0; i < PARTS; i++) {
      parts.put(i, apart.get(i).orElseThrow());
      assertEquals(fused.a(), parts.get(i).a());
    }
    LowRankUpdate again = joined(parts);
    assertEquals(fused.a(), again.a());
    assertEquals(fused.b(), again.b());
    assertEquals(fused.alpha(), again.alpha());
  }

  @Test
  void aPartThatIsNotUpdatedStaysSo() {
    TreeMap<Integer, LowRankUpdate> parts = new TreeMap<>();
    parts.put(0, part(1, 2, 8));
    parts.put(2, part(2, 3, 12));
    LowRankUpdate fused = joined(parts);
    assertEquals(5, fused.rank());
    assertEquals(
        0, FusedRows.rows(fused.b(), WIDTH, WIDTH).amaxNumber().doubleValue(), "rows of the key");
    assertTrue(FusedRows.apart(fused, PARTS, false).get(1).isEmpty());
  }

  @Test
  void scalesThatDifferByAPowerOfTwoAreMovedIntoB() {
    TreeMap<Integer, LowRankUpdate> parts = new TreeMap<>();
    parts.put(0, part(1, 2, 8));
    parts.put(2, part(2, 2, 2));
    LowRankUpdate fused = joined(parts);
    INDArray value = FusedRows.rows(delta(fused), 2 * WIDTH, WIDTH);
    assertEquals(0, Models.error(delta(parts.get(2)), value), 1e-14);
  }

  @Test
  void otherScalesAreRefusedWithTheReason() {
    TreeMap<Integer, LowRankUpdate> parts = new TreeMap<>();
    parts.put(0, part(1, 2, 8));
    parts.put(2, part(2, 2, 3));
    InputException e = assertThrows(InputException.class, () -> joined(parts));
    assertTrue(e.getMessage().contains("scales 4.0 and 1.5"), e.getMessage());
    assertTrue(e.getMessage().contains("without rounding"), e.getMessage());
  }

  @Test
  void magnitudesOfPartsThatHaveNoneAreTheNormsOfTheWeight() {
    TreeMap<Integer, LowRankUpdate> parts = new TreeMap<>();
    LowRankUpdate query = part(1, 2, 8);
    parts.put(
        0, new LowRankUpdate(query.a(), query.b(), query.alpha(), Optional.of(normal(7, WIDTH))));
    INDArray magnitude = joined(parts).magnitude().orElseThrow();
    INDArray norms = backbone.graph().getArrForVarName(site.weight()).norm2(1);
    assertEquals(0, Models.error(normal(7, WIDTH), FusedRows.slice(magnitude, 0, WIDTH)), 0);
    assertEquals(
        0,
        Models.error(
            FusedRows.slice(norms, WIDTH, WIDTH), FusedRows.slice(magnitude, WIDTH, WIDTH)),
        1e-15);
  }
}
