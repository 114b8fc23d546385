package io.peft4j.harness.run;

import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.swin.SwinConfig;
import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.data.DataSources;
import io.peft4j.harness.data.DataSpec;
import io.peft4j.harness.head.DecoderChoice;
import io.peft4j.harness.head.DecoderNorms;
import io.peft4j.harness.train.TrainConfig;
import java.util.List;
import java.util.Map;

/** Runs of a second: 32×32 images, random weights, narrow heads. */
public final class TinyRuns {
  /** Height and width. */
  public static final int SIZE = 32;

  /** The data. */
  public static final DataSpec DATA = new DataSpec("scenes", 8, 4, 5, true);

  private static final DecoderChoice DECODER =
      new DecoderChoice("hrnet", List.of(2, 3, 4, 5), DecoderNorms.BY_RULE);

  private TinyRuns() {}

  /** A specification. */
  public static RunSpec spec(String method, String tasks, int epochs) {
    return new RunSpec(
            method,
            Map.of(),
            false,
            BackboneSpec.random(backbone()),
            DATA,
            tasks,
            DECODER,
            TrainConfig.of(epochs, 4, 1e-3, 7))
        .withMethod(method, Map.of());
  }

  /** The backbone. */
  public static SwinConfig backbone() {
    return Swin.preset("swin-nano").withImage(SIZE, SIZE);
  }

  /** The data set. */
  public static DataSource data() {
    return DataSources.named(DATA, SIZE, SIZE);
  }
}
