package io.peft4j.testkit;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.lowrank.LowRankAdapter;
import io.peft4j.api.lowrank.LowRankForm;
import io.peft4j.api.routing.Stream;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.merge.MergeException;
import io.peft4j.testkit.Variant.Merging;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Laws about what outlives a model: its saved state and its merged form. */
final class StateLaws {
  static final ImmutableList<Law<Subject>> ALL =
      ImmutableList.of(
          new Law<>("computes the same to the bit after saving and loading", StateLaws::saved),
          new Law<>("merges without a difference, or refuses naming sites", StateLaws::merged),
          new Law<>("computes the same in its plain form, if it has one", StateLaws::plain),
          new Law<>(
              "computes the same when told as low-rank updates, if it can be", StateLaws::lowRank));

  private StateLaws() {}

  private static void saved(Subject s) throws IOException {
    Backbone backbone = s.backbone(DataType.FLOAT);
    PeftModel model = s.adapt(backbone, Subject.SEED);
    Values.perturb(model, 7);
    INDArray images = Values.images(backbone, 2);
    Map<String, String> before = Values.ofFeatures(model.features(images));
    PeftModel other = s.adapt(backbone, Subject.SEED + 1);
    Path folder = Files.createTempDirectory("peft-conformance");
    Path file = folder.resolve("adapter.safetensors");
    try {
      Safetensors.write(file, model.state(), Map.of("method", model.methodId()));
      other.load(Safetensors.read(file));
    } finally {
      Files.deleteIfExists(file);
      Files.delete(folder);
    }
    List<String> differing = Values.differing(before, Values.ofFeatures(other.features(images)));
    Failure.unless(
        differing.isEmpty(),
        "after loading into a model of another seed, other values come out of " + differing,
        "keep everything that is drawn at random in Emit.param; Emit.frozen is not saved and must"
            + " follow from the backbone and the configuration alone");
  }

  private static void merged(Subject s) {
    for (DataType type : List.of(DataType.DOUBLE, DataType.FLOAT)) {
      PeftModel model = s.adapt(type);
      Values.perturb(model, 9);
      INDArray images = Values.images(model.backbone(), 1);
      Map<String, List<INDArray>> unmerged = model.features(images);
      Map<String, String> before = Values.ofFeatures(unmerged);
      PeftModel plain;
      try {
        plain = model.merge();
      } catch (MergeException e) {
        requireClear(s, model, e);
        continue;
      }
      Failure.unless(
          s.variant().merging() != Merging.REFUSED,
          "the model merges, although the specification says that it is refused",
          "correct the specification of this configuration");
      Failure.unless(
          plain.arrays().isEmpty(),
          "the merged model still trains " + plain.arrays().keySet(),
          "report this to the library: merging must leave frozen weights only");
      double error = Values.relativeError(unmerged, plain.features(images));
      Failure.unless(
          error <= (type == DataType.DOUBLE ? 1e-9 : 1e-5),
          "%s: the merged model differs by %.1e".formatted(type, error),
          "a site's answer may depend on its input, parameters and constants only, and must be"
              + " affine in the input to be merged");
      Failure.unless(
          before.equals(Values.ofFeatures(model.features(images))),
          "merging changed the model that was merged",
          "do not change state when a site is asked again");
    }
  }

  private static void requireClear(Subject s, PeftModel model, MergeException e) {
    Failure.unless(
        s.variant().merging() != Merging.MERGES,
        "the model does not merge: " + e.getMessage(),
        "make the answer at a linear site affine in its input, or correct the specification");
    Failure.unless(
        model.emission().adapted().stream().anyMatch(a -> e.getMessage().contains(a.site().path())),
        "merging is refused without naming a site: " + e.getMessage(),
        "report this to the library");
  }

  private static void plain(Subject s) {
    PeftModel model = s.adapt(DataType.DOUBLE);
    if (model.rewrite().plainForm().isEmpty()) {
      return;
    }
    Values.perturb(model, 9);
    INDArray images = Values.images(model.backbone(), 1);
    double error = Values.relativeError(model.features(images), model.plain().features(images));
    Failure.unless(
        error <= 1e-10,
        "frozen into %s, the model differs by %.1e"
            .formatted(model.rewrite().plainForm().get().method(), error),
        "give each generated weight the name that the plain form's parameter has");
  }

  private static void lowRank(Subject s) {
    PeftModel model = s.adapt(DataType.DOUBLE);
    Optional<LowRankForm> form = s.lowRankForm();
    if (form.isEmpty()) {
      return;
    }
    Values.perturb(model, 9);
    Map<Stream, LowRankAdapter> told;
    try {
      told = form.get().toLowRank(model.config(), model.backbone(), model.state());
    } catch (InputException e) {
      Failure.unless(
          !e.getMessage().isBlank(),
          "the state is no low-rank updates, without a reason",
          "say in the message what stands against it, and what to choose instead");
      return;
    }
    PeftModel again = s.adapt(model.backbone(), form.get().fromLowRank(told, model.backbone()));
    INDArray images = Values.images(model.backbone(), 1);
    double error = Values.relativeError(model.features(images), again.features(images));
    Failure.unless(
        error <= 1e-10,
        "made from its low-rank updates, the model differs by %.1e".formatted(error),
        "tell every scale and everything that is trained in toLowRank, and read it in fromLowRank");
  }
}
