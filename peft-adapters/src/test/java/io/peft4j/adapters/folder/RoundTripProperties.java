package io.peft4j.adapters.folder;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.peft4j.adapters.Adapter;
import io.peft4j.adapters.Models;
import io.peft4j.api.backbone.Backbone;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.nd4j.linalg.api.buffer.DataType;

/** Written and read again, in whatever names, an adapter has the same bits. */
class RoundTripProperties {
  private static Path folder;
  private static Backbone swin;
  private static Backbone pvt;
  private static int count;

  /** Names of modules in the form of peft. */
  enum Names {
    OWN,
    TIMM,
    HUGGINGFACE,
    TORCHVISION
  }

  /** Biases that LoRA trains. */
  enum Bias {
    NONE,
    LORA_ONLY,
    ALL
  }

  @BeforeContainer
  static void prepare() throws IOException {
    folder = Files.createTempDirectory("round-trip");
    swin = Models.backbone();
    pvt = Models.backbone(Models.pvt(), DataType.FLOAT);
  }

  @AfterContainer
  static void cleanUp() throws IOException {
    MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
  }

  @Property(tries = 40)
  void loraIsTheSameToTheBit(
      @ForAll boolean onSwin,
      @ForAll Names names,
      @ForAll @IntRange(min = 1, max = 4) int rank,
      @ForAll @IntRange(min = 1, max = 9) int alpha,
      @ForAll boolean rslora,
      @ForAll boolean dora,
      @ForAll Bias bias,
      @ForAll boolean norms,
      @ForAll boolean pattern) {
    Backbone backbone = onSwin ? swin : pvt;
    String options =
        "rank=%d alpha=%d rslora=%s dora=%s bias=%s dropout=0.1%s%s targets=all-linear,patch_embed"
            .formatted(
                rank,
                alpha,
                rslora,
                dora,
                bias,
                norms ? " unfreeze=norms" : "",
                pattern ? " rankPattern=fc2=3 alphaPattern=proj=2.5" : "");
    Names chosen = onSwin || names != Names.TORCHVISION ? names : Names.OWN;
    Adapter before = Models.adapter(backbone, "lora", options, rank);
    Adapter after = again(before, backbone, Form.PORTABLE, chosen.name().toLowerCase(Locale.ROOT));
    assertEquals(Models.bits(before.state()), Models.bits(after.state()), options);
    assertEquals(before.tasks(), after.tasks());
    assertEquals(before.backbone(), after.backbone());
    assertEquals(
        Models.featureBits(before.on(backbone, Models.TASKS).features(Models.images(backbone, 1))),
        Models.featureBits(after.on(backbone, Models.TASKS).features(Models.images(backbone, 1))),
        options);
  }

  @Property(tries = 10)
  void otherMethodsAreTheSameInEveryRespect(@ForAll @IntRange(max = 4) int which) {
    String[] methods = {"mtlora", "bitfit", "adapter", "full", "lora"};
    String[] options = {
      "sharedRank=2 taskRank=1", "perTask=true", "", "", "rank=2 init=pissa qkvParts=q,v"
    };
    Adapter before = Models.adapter(swin, methods[which], options[which], which);
    Adapter after = again(before, swin, Form.NATIVE, "own");
    assertEquals(before.config(), after.config());
    assertEquals(Models.bits(before.state()), Models.bits(after.state()));
    assertEquals(before.tasks(), after.tasks());
  }

  private static Adapter again(Adapter adapter, Backbone backbone, Form form, String names) {
    Path target = folder.resolve("adapter-" + count++);
    new AdapterWriter(form, names, false).write(target, adapter, backbone, CardFacts.NONE);
    return AdapterFolder.open(target).read(backbone).adapter();
  }
}
