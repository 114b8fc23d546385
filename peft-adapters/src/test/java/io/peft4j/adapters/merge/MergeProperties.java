package io.peft4j.adapters.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.adapters.Models;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.graph.PeftModel;
import java.util.LinkedHashMap;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A merge computes what the adapter did, and is undone to the bit. */
class MergeProperties {
  private static Backbone swin;
  private static Backbone pvt;

  @BeforeContainer
  static void prepare() {
    swin = Models.backbone();
    pvt = Models.backbone(Models.pvt(), DataType.FLOAT);
  }

  @Property(tries = 15)
  void mergedAndUnmerged(
      @ForAll boolean onSwin,
      @ForAll @IntRange(min = 1, max = 4) int rank,
      @ForAll boolean rslora,
      @ForAll boolean dora,
      @ForAll boolean pissa,
      @ForAll boolean perTask,
      @ForAll boolean biases) {
    Backbone backbone = onSwin ? swin : pvt;
    String options =
        "rank=%d rslora=%s dora=%s init=%s perTask=%s bias=%s targets=all-linear"
            .formatted(
                rank, rslora, dora, pissa ? "pissa" : "kaiming", perTask, biases ? "all" : "none");
    PeftModel model = Models.trained(backbone, "lora", options, rank);
    MergedCheckpoint merged = MergedCheckpoint.of(model, "sal");
    assertTrue(merged.error() <= 1e-5, options + " deviates by " + merged.error());
    Map<String, INDArray> before = new LinkedHashMap<>();
    backbone
        .params()
        .forEach(p -> before.put(p.path(), backbone.graph().getArrForVarName(p.path())));
    BitPatch patch = BitPatch.between(before, merged.weights());
    assertEquals(Models.bits(before), Models.bits(patch.undo(merged.weights())));
  }
}
