package io.peft4j.adapters.combine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.adapters.Adapter;
import io.peft4j.adapters.Models;
import io.peft4j.adapters.combine.Combination.Kind;
import io.peft4j.adapters.combine.Combination.Part;
import io.peft4j.adapters.heads.HeadRecipe;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.weights.LoadOptions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Each kind computes its formula, written out here a second time; one adapter alone is itself. */
class CombinationTest {
  private static final String SITE = "layers.0.blocks.1.mlp.fc1";
  private static final OptionalInt ALL = OptionalInt.empty();

  private final Backbone backbone = Models.backbone(Models.swin(), DataType.DOUBLE);

  private Adapter lora(String options, long seed) {
    return Models.adapter(backbone, "lora", options, seed);
  }

  @ParameterizedTest
  @CsvSource({
    "LINEAR, rank=2",
    "LINEAR, rank=2 dora=true rslora=true",
    "CONCATENATION, rank=2 dora=true bias=all",
    "CONCATENATION, rank=3 init=pissa",
    "SVD, rank=2 rslora=true unfreeze=norms",
    "SVD, rank=2 dora=true perTask=true",
    "SVD, rank=2 qkvParts=q",
  })
  void oneAdapterWithWeightOneIsItself(Kind kind, String options) {
    Adapter adapter = lora(options, 1);
    Adapter same = combined(kind, ALL, new Part(adapter, 1));
    assertEquals(adapter.config(), same.config());
    assertEquals(Models.bits(adapter.state()), Models.bits(same.state()));
  }

  /** The identity must not rest on a special case alone. */
  @ParameterizedTest
  @CsvSource({
    "LINEAR, rank=2 rslora=true, 1e-12",
    "LINEAR, rank=2 dora=true bias=all, 1e-12",
    "CONCATENATION, rank=2 dora=true unfreeze=norms, 1e-12",
    "SVD, rank=2 rslora=true dora=true, 1e-10",
  })
  void anAdapterWithWeightZeroBesideItIsNothing(Kind kind, String options, double tolerance) {
    Adapter adapter = lora(options, 1);
    Adapter sum = combined(kind, ALL, new Part(adapter, 1), new Part(lora(options, 2), 0));
    assertEquals(0, Models.error(features(adapter), features(sum)), tolerance);
  }

  @Test
  void concatenationAddsTheWeightedUpdates() {
    Adapter a = lora("rank=2 alpha=3", 1);
    Adapter b = lora("rank=3 alpha=5 rslora=true", 2);
    Adapter sum = combined(Kind.CONCATENATION, ALL, new Part(a, 0.7), new Part(b, -0.4));
    INDArray expected = delta(a, 1.5).mul(0.7).sub(delta(b, 5 / Math.sqrt(3)).mul(0.4));
    assertEquals(5, factor(sum, ".lora_A").size(0));
    assertEquals(0, Models.error(expected, delta(sum, 1.5)), 1e-12);
  }

  @Test
  void svdOfFullRankIsTheSumAndOfASmallerOneItsBestApproximation() {
    Adapter a = lora("rank=2 alpha=2", 1);
    Adapter b = lora("rank=1 alpha=1", 2);
    INDArray expected = delta(a, 1).add(delta(b, 1).mul(2));
    Adapter whole = combined(Kind.SVD, OptionalInt.of(3), new Part(a, 1), new Part(b, 2));
    assertEquals(0, Models.error(expected, delta(whole, 1)), 1e-10);
    Adapter best = combined(Kind.SVD, OptionalInt.of(1), new Part(a, 1), new Part(b, 2));
    assertEquals(1, factor(best, ".lora_A").size(0));
    INDArray rest = expected.sub(delta(best, 1));
    // What is left of the best approximation of rank one is orthogonal to it.
    double inner = rest.mul(delta(best, 1)).sumNumber().doubleValue();
    assertEquals(0, inner, 1e-10);
    assertTrue(rest.norm2Number().doubleValue() < expected.norm2Number().doubleValue());
  }

  @Test
  void linearAddsTheFactors() {
    Adapter a = lora("rank=2 alpha=2", 1);
    Adapter b = lora("rank=2 alpha=8", 2);
    Adapter sum = combined(Kind.LINEAR, ALL, new Part(a, 0.25), new Part(b, -1));
    INDArray ofA = factor(a, ".lora_A").mul(0.5).add(factor(b, ".lora_A").mul(2));
    assertEquals(0, Models.error(ofA, factor(sum, ".lora_A")), 1e-12);
    INDArray ofB = factor(a, ".lora_B").mul(0.5).sub(factor(b, ".lora_B").mul(2));
    assertEquals(0, Models.error(ofB, factor(sum, ".lora_B")), 1e-12);
  }

  @Test
  void magnitudesAndTrainedParametersMoveByTheWeightedDifferences() {
    Adapter a = lora("rank=2 dora=true unfreeze=norms", 1);
    Adapter b = lora("rank=2 dora=true unfreeze=norms", 2);
    Adapter sum = combined(Kind.CONCATENATION, ALL, new Part(a, 0.5), new Part(b, 0.25));
    String m = ".lora_magnitude_vector";
    INDArray start = backbone.graph().getArrForVarName(SITE + ".weight").norm2(1);
    INDArray expected = factor(a, m).mul(0.5).add(factor(b, m).mul(0.25)).add(start.mul(0.25));
    assertEquals(0, Models.error(expected, factor(sum, m)), 1e-12);
    String norm = "layers.0.blocks.1.norm1.weight";
    INDArray ofNorm =
        a.state()
            .get(norm)
            .mul(0.5)
            .add(b.state().get(norm).mul(0.25))
            .add(backbone.graph().getArrForVarName(norm).mul(0.25));
    assertEquals(0, Models.error(ofNorm, sum.state().get(norm)), 1e-12);
  }

  @Test
  void layersThatOneAloneUpdatesAreKept() {
    Adapter a = lora("rank=2 targets=qkv", 1);
    Adapter b = lora("rank=2 targets=fc1", 2);
    Adapter sum = combined(Kind.CONCATENATION, ALL, new Part(a, 1), new Part(b, 1));
    assertEquals(8, sum.state().keySet().stream().filter(n -> n.endsWith("lora_A")).count());
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void whatDoesNotFitIsRefusedNamingBothSides(Kind kind) {
    Adapter plain = lora("rank=2", 1);
    refused("dora", kind, plain, lora("rank=2 dora=true", 2));
    refused("bitfit", kind, plain, Models.adapter(backbone, "bitfit", "", 2));
    refused("streams", kind, plain, lora("rank=2 perTask=true", 2));
    Backbone other = Models.backbone(Models.pvt(), DataType.DOUBLE);
    refused("pvt-micro", kind, plain, Models.adapter(other, "lora", "rank=2", 2));
  }

  @Test
  void differentRanksDoNotAddLinearly() {
    refused("the ranks of", Kind.LINEAR, lora("rank=2", 1), lora("rank=3", 2));
  }

  private void refused(String word, Kind kind, Adapter a, Adapter b) {
    InputException e =
        assertThrows(
            InputException.class, () -> combined(kind, ALL, new Part(a, 1), new Part(b, 1)));
    assertTrue(e.getMessage().contains(word), e.getMessage());
  }

  private Adapter combined(Kind kind, OptionalInt rank, Part... parts) {
    return Combination.of(List.of(parts), kind, rank, backbone);
  }

  private Map<String, List<INDArray>> features(Adapter adapter) {
    return adapter.on(backbone, Models.TASKS).features(Models.images(backbone, 1));
  }

  private static INDArray factor(Adapter adapter, String local) {
    return adapter.state().get(SITE + local);
  }

  private static INDArray delta(Adapter adapter, double scale) {
    return factor(adapter, ".lora_B").mmul(factor(adapter, ".lora_A")).mul(scale);
  }

  private static Adapter headed(Adapter adapter, double value, String decoder) {
    HeadRecipe recipe =
        new HeadRecipe(
            decoder,
            Map.of(),
            List.of(new HeadRecipe.Output("sal", 1, List.of())),
            new HeadRecipe.Input(32, 32, List.of(0.5), List.of(0.2)),
            new HeadRecipe.Base("swin-micro", false, "random", "", LoadOptions.STRICT),
            "rooms");
    return new Adapter(
            adapter.method(),
            adapter.config(),
            adapter.perTask(),
            adapter.tasks(),
            adapter.backbone(),
            adapter.state(),
            Map.of("decoders.sal.weight", Nd4j.scalar(value)),
            Map.of("decoders.sal.weight", "sal"),
            Optional.empty(),
            adapter.leftovers())
        .withRecipe(recipe);
  }

  private Adapter heads(HeadChoice choice, Adapter... adapters) {
    List<Part> parts = Arrays.stream(adapters).map(a -> new Part(a, 0.5)).toList();
    return Combination.of(parts, Kind.CONCATENATION, ALL, choice, backbone);
  }

  @Test
  void equalHeadsAreKeptWithWhatTheyNeed() {
    Adapter first = headed(lora("rank=1", 1), 3, "hrnet");
    Adapter kept = heads(HeadChoice.EQUAL, first, headed(lora("rank=1", 2), 3, "hrnet"));
    assertEquals(Models.bits(first.heads()), Models.bits(kept.heads()));
    assertEquals(first.recipe(), kept.recipe());
    assertEquals(Map.of(), heads(HeadChoice.EQUAL, lora("rank=1", 1), lora("rank=1", 2)).heads());
  }

  @Test
  void headsThatDifferAreNeverDroppedInSilence() {
    Adapter first = headed(lora("rank=1", 1), 3, "hrnet");
    Adapter second = headed(lora("rank=1", 2), 3 + 1e-15, "hrnet");
    headsRefused("decoders.sal.weight", first, second);
    headsRefused("their decoders", first, headed(lora("rank=1", 2), 3, "aspp"));
    headsRefused("not all have decoders.sal.weight", first, lora("rank=1", 2));
    headsRefused("not all have decoders.sal.weight", lora("rank=1", 2), first);
    assertEquals(
        Models.bits(second.heads()), Models.bits(heads(HeadChoice.of(1), first, second).heads()));
    Adapter none = heads(HeadChoice.NONE, first, second);
    assertEquals(Map.of(), none.heads());
    assertEquals(Optional.empty(), none.recipe());
    assertThrows(InputException.class, () -> heads(HeadChoice.of(2), first, second));
  }

  private void headsRefused(String difference, Adapter... adapters) {
    InputException e = assertThrows(InputException.class, () -> heads(HeadChoice.EQUAL, adapters));
    assertTrue(e.getMessage().contains(difference), e.getMessage());
    assertTrue(e.getMessage().contains("--heads"), e.getMessage());
  }
}
