package io.peft4j.examples;

import io.peft4j.backbones.Backbones;
import io.peft4j.grouping.Grouping;
import io.peft4j.grouping.Partition;
import io.peft4j.grouping.PartitionScore;
import io.peft4j.grouping.Similarity;
import io.peft4j.grouping.SimilarityFile;
import io.peft4j.grouping.TaskGroups;
import io.peft4j.harness.data.DataSources;
import io.peft4j.harness.data.DataSpec;
import io.peft4j.harness.groups.SimilarityListener;
import io.peft4j.harness.groups.SimilarityMeasurement;
import io.peft4j.harness.groups.SimilaritySpec;
import io.peft4j.harness.head.DecoderChoice;
import io.peft4j.harness.run.BackboneSpec;
import io.peft4j.harness.run.RunSpec;
import io.peft4j.harness.train.TrainConfig;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Which tasks may share adapters (TGLoRA, section 3): heads are trained on the frozen backbone,
 * then the gradients of the tasks' losses are compared example by example, and tasks grouped by
 * them. Arguments: training images (256), epochs of the heads (4), examples to compare (32).
 */
public final class TaskGroupsExample {
  private static final int IMAGE = 64;
  private static final int BATCH = 16;
  private static final double LEARNING_RATE = 2e-3;
  private static final int STAGES = 4;
  private static final long SEED = 0;

  private TaskGroupsExample() {}

  /** Measures and groups. */
  public static void main(String[] args) {
    int images = args.length > 0 ? Integer.parseInt(args[0]) : 256;
    int epochs = args.length > 1 ? Integer.parseInt(args[1]) : 4;
    int examples = args.length > 2 ? Integer.parseInt(args[2]) : 32;
    DataSpec data = new DataSpec("scenes", images, Math.max(BATCH, images / 4), SEED, true);
    RunSpec heads =
        new RunSpec(
            SimilaritySpec.METHOD,
            Map.of(),
            false,
            BackboneSpec.standard(Backbones.named("swin-nano").withImage(IMAGE, IMAGE)),
            data,
            DataSources.defaultTasks(data.id()),
            DecoderChoice.byRule(),
            TrainConfig.of(epochs, BATCH, LEARNING_RATE, SEED));

    Similarity similarity =
        new SimilarityMeasurement(
                new SimilaritySpec(heads, examples), DataSources.named(data, IMAGE, IMAGE))
            .run(SimilarityListener.NONE);

    SimilarityFile.lines(similarity).forEach(System.out::println);
    List<Integer> counts = Grouping.progressive(similarity.size(), STAGES);
    for (Partition stage : Grouping.stages(similarity, counts)) {
      System.out.printf(
          "%s score %.4f%n",
          stage.groups().stream()
              .map(group -> TaskGroups.text(similarity.tasks(), group))
              .collect(Collectors.joining("/")),
          PartitionScore.of(similarity, stage));
    }
  }
}
