package io.peft4j.harness.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.routing.Stream;
import io.peft4j.backbones.Backbones;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.emitted.Owner;
import io.peft4j.graph.emitted.Trainable;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.harness.head.DecoderChoice;
import io.peft4j.harness.head.DecoderNorms;
import io.peft4j.harness.task.TaskSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** What is decayed does not depend on what tasks are called. */
class WeightDecayPolicyTest {
  private static final TaskSet TASKS = TaskSet.parse("semseg:21,human_parts,sal,normals");

  @ParameterizedTest
  @CsvSource({"mtlora, 24", "ditask, 12", "decoders-only, 0"})
  void normalsAreDecayedAsEveryTaskIs(String method, int arrays) {
    List<Trainable> trained = trained(method, Map.of());
    for (WeightDecayPolicy policy :
        List.of(WeightDecayPolicy.STANDARD, WeightDecayPolicy.REFERENCE)) {
      for (String task : TASKS.names()) {
        Stream own = Stream.of(task);
        assertEquals(arrays, decayed(policy, trained, Owner.ADAPTER, own), method + " " + task);
        // four reducers, two layers of the head; their biases and the batch norm's are not decayed
        assertEquals(6, decayed(policy, trained, Owner.DECODER, own), method + " " + task);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"normals+sal", "sal+normals"})
  void aGroupIsDecayedInWhateverOrderItIsWritten(String group) {
    List<Trainable> trained =
        trained(
            "tglora",
            Map.of("groups", "all,all,semseg+human_parts/%s,each".formatted(group), "rank", "8"));
    long all = trained.stream().filter(t -> t.owner() == Owner.ADAPTER).count();
    long decayed =
        trained.stream()
            .filter(t -> t.owner() == Owner.ADAPTER)
            .filter(t -> WeightDecayPolicy.STANDARD.decays(t.kind(), t.shape().rank()))
            .count();
    assertEquals(128, all);
    assertEquals(all, decayed);
  }

  private static long decayed(
      WeightDecayPolicy policy, List<Trainable> trained, Owner owner, Stream stream) {
    return trained.stream()
        .filter(t -> t.owner() == owner && t.stream().equals(stream))
        .filter(t -> policy.decays(t.kind(), t.shape().rank()))
        .count();
  }

  private static List<Trainable> trained(String method, Map<String, String> options) {
    Backbone backbone =
        Backbones.named("swin-nano").build(WeightSource.shapesOnly(), DataType.FLOAT);
    MethodDescriptor found = MethodRegistry.discover().get(method);
    PeftModel model =
        Peft.outline(backbone, found.method(), found.configure(options), TASKS.routed());
    DecoderChoice decoder =
        new DecoderChoice("hrnet", List.of(18, 36, 72, 144), DecoderNorms.BY_RULE);
    MultiTaskModel.withHeads(model, TASKS, decoder.decoder(backbone));
    return model.target().trainables();
  }
}
