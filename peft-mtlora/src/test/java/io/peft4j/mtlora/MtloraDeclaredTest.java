package io.peft4j.mtlora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.accounting.ParameterReport;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.routing.Task;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.testkit.OptionText;
import io.peft4j.testkit.PublishedTasks;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Swin-Tiny under MTLoRA has the numbers that the published code gives, read off the graph without
 * weights.
 */
class MtloraDeclaredTest {
  /** Trainable numbers of four channel reducers and HRNet heads, which need no backbone. */
  private static final long DECODERS = 1_946_624;

  private static final Backbone TINY =
      Swin.build(Swin.preset("swin-tiny"), WeightSource.shapesOnly(), DataType.FLOAT);
  private static final List<Task> PASCAL = PublishedTasks.PASCAL;

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "sharedRank=64; 8344634",
        "sharedRank=32; 6083642",
        "sharedRank=16; 4953146",
        "sharedRank=4 mergingLora=true; 2573114",
        "sharedRank=8 taskRank=8 mergingLora=true; 3148346",
        "sharedRank=16 taskRank=16 mergingLora=true; 4298810",
        "sharedRank=64 mergingLora=true; 7054394",
        "sharedRank=64 fc1=false; 6816314",
        "sharedRank=64 fc2=false; 6816314",
        "sharedRank=64 proj=false; 7733306",
        "sharedRank=64 qkv=false; 7214138",
        "sharedRank=64 unfreeze=norms,merging,position_bias; 8339930", // patch_embed.norm is a norm
        "sharedRank=64 unfreeze=patch_embed,merging,position_bias; 8321594",
        "sharedRank=64 unfreeze=patch_embed,norms,merging; 8321312",
        "sharedRank=64 unfreeze=patch_embed,norms,position_bias; 6796346",
        "sharedRank=64 unfreeze=others,biases; 8384378",
        "sharedRank=64 form=paper; 8344634",
        "sharedRank=64 form=v2; 8344634",
      })
  void publishedCounts(String options, long trainable) {
    PeftModel model = Peft.adapt(TINY, "mtlora", OptionText.parse(options), PASCAL);
    ParameterReport report = model.parameters();
    assertEquals(trainable, report.trainable() + DECODERS);
    assertEquals(trainable, model.rewrite().declaredParameters().orElseThrow() + DECODERS);
    long dead = report.dead().values().stream().mapToLong(Long::longValue).sum();
    assertEquals(report.trainable(), report.used() + dead);
  }

  /** The shared branch of the last block's last adapted layer: 3,840 r numbers of fc1 or fc2. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "sharedRank=16; mlp.fc2; 61440",
        "sharedRank=16 fc2=false; mlp.fc1; 61440",
        "sharedRank=16 proj=false fc1=false; mlp.fc2; 61440",
        "sharedRank=16 fc1=false fc2=false; attn.proj; 24576",
        "sharedRank=16 form=paper; attn.proj mlp.fc1 mlp.fc2; 147456",
        "form=addition; mlp.fc2; 1536",
        "form=v2; ; 0",
        "proj=false fc1=false fc2=false; ; 0",
      })
  void deadTensorsAreNamed(String options, String layers, long numbers) {
    PeftModel model = Peft.adapt(TINY, "mtlora", OptionText.parse(options), PASCAL);
    Map<String, Long> dead = model.parameters().dead();
    assertEquals(numbers, dead.values().stream().mapToLong(Long::longValue).sum());
    TreeSet<String> expected = new TreeSet<>();
    if (layers != null) {
      Arrays.stream(layers.split(" ")).map(l -> "layers.3.blocks.1." + l).forEach(expected::add);
    }
    assertEquals(
        expected,
        dead.keySet().stream()
            .map(name -> name.replaceFirst("\\.lora_.*", ""))
            .collect(Collectors.toCollection(TreeSet::new)));
    assertTrue(dead.keySet().stream().noneMatch(model.target()::isTrainable));
  }

  /** A task's tensors lie on its own way only, and are named as in the published checkpoints. */
  @Test
  void tensorsOfTasks() {
    PeftModel model = Peft.adapt(TINY, "mtlora", Map.of(), PASCAL);
    long pairsOfOneTask = 276_480 / 4;
    ParameterReport report = model.parameters();
    long shared = report.used() - 4 * pairsOfOneTask;
    report.perTask().forEach((task, n) -> assertEquals(shared + pairsOfOneTask, n, task));
    assertTrue(model.target().isTrainable("layers.2.blocks.5.mlp.fc1.lora_tasks_A.human_parts"));
    assertTrue(model.target().isTrainable("layers.2.blocks.5.mlp.fc1.lora_shared_B"));
    assertTrue(!model.target().isTrainable("layers.2.blocks.4.mlp.fc1.lora_tasks_A.human_parts"));
    assertTrue(!model.target().isTrainable("layers.2.blocks.5.attn.qkv.lora_tasks_A.human_parts"));
  }
}
