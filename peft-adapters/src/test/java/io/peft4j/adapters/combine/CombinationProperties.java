package io.peft4j.adapters.combine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peft4j.adapters.Adapter;
import io.peft4j.adapters.Models;
import io.peft4j.adapters.combine.Combination.Kind;
import io.peft4j.adapters.combine.Combination.Part;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.lowrank.LowRankAdapter;
import io.peft4j.api.lowrank.LowRankUpdate;
import io.peft4j.api.routing.Stream;
import java.util.List;
import java.util.OptionalInt;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Laws of weighted combinations, for every option of LoRA. */
class CombinationProperties {
  private static final String SITE = "layers.1.blocks.0.attn.proj";

  private static Backbone backbone;

  @BeforeContainer
  static void prepare() {
    backbone = Models.backbone(Models.swin(), DataType.DOUBLE);
  }

  private static Adapter lora(int rank, int alpha, boolean rslora, String more, long seed) {
    String options = "rank=%d alpha=%d rslora=%s%s".formatted(rank, alpha, rslora, more);
    return Models.adapter(backbone, "lora", options, seed);
  }

  @Property(tries = 30)
  void oneAdapterWithWeightOneIsItselfToTheBit(
      @ForAll Kind kind,
      @ForAll @IntRange(min = 1, max = 3) int rank,
      @ForAll @IntRange(min = 1, max = 9) int alpha,
      @ForAll boolean rslora,
      @ForAll boolean dora,
      @ForAll boolean perTask,
      @ForAll boolean norms,
      @ForAll boolean pissa) {
    String more =
        " dora=%s perTask=%s%s%s"
            .formatted(dora, perTask, norms ? " unfreeze=norms" : "", pissa ? " init=pissa" : "");
    Adapter adapter = lora(rank, alpha, rslora, more, rank);
    Adapter same =
        Combination.of(List.of(new Part(adapter, 1)), kind, OptionalInt.empty(), backbone);
    assertEquals(adapter.config(), same.config());
    assertEquals(Models.bits(adapter.state()), Models.bits(same.state()));
  }

  @Property(tries = 20)
  void concatenationAndSvdOfFullRankAreTheWeightedSum(
      @ForAll @IntRange(min = 1, max = 3) int firstRank,
      @ForAll @IntRange(min = 1, max = 3) int secondRank,
      @ForAll @DoubleRange(min = -2, max = 2) double firstWeight,
      @ForAll @DoubleRange(min = 0.1, max = 2) double secondWeight,
      @ForAll boolean rslora) {
    Adapter a = lora(firstRank, 3, rslora, " targets=proj", 1);
    Adapter b = lora(secondRank, 5, !rslora, " targets=proj", 2);
    INDArray expected = delta(a).mul(firstWeight).add(delta(b).mul(secondWeight));
    List<Part> parts = List.of(new Part(a, firstWeight), new Part(b, secondWeight));
    Adapter joined = Combination.of(parts, Kind.CONCATENATION, OptionalInt.empty(), backbone);
    assertEquals(0, Models.error(expected, delta(joined)), 1e-12);
    OptionalInt full = OptionalInt.of(firstRank + secondRank);
    Adapter decomposed = Combination.of(parts, Kind.SVD, full, backbone);
    assertEquals(0, Models.error(expected, delta(decomposed)), 1e-9);
  }

  private static INDArray delta(Adapter adapter) {
    LowRankAdapter told = adapter.lowRank(backbone).get(Stream.SHARED);
    LowRankUpdate update = told.updates().get(SITE);
    return update.b().mmul(update.a()).mul(update.scale(told.rslora()));
  }
}
