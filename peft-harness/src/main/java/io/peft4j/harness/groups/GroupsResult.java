package io.peft4j.harness.groups;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.peft4j.grouping.Similarity;
import io.peft4j.harness.run.Json;
import io.peft4j.harness.run.OutputFolder;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The groups of tasks on a backbone, {@code groups.json} in its folder.
 *
 * @param backbone name of the backbone
 * @param image height and width
 * @param tasks the tasks, in the text form
 * @param measured how the similarities were measured; null if they were given
 * @param similarity similarities, in the order of the tasks
 * @param options options of {@link GroupsPlan#METHOD} for these groups
 * @param stages the groups of each stage
 * @param cost cost of these groups
 * @param oneGroup cost of one group of all tasks in every stage
 */
public record GroupsResult(
    String backbone,
    String image,
    String tasks,
    @Nullable SimilaritySpec measured,
    List<List<Double>> similarity,
    Map<String, String> options,
    List<StageGroups> stages,
    GroupsCost cost,
    GroupsCost oneGroup) {
  /** Name of the file. */
  public static final String FILE = "groups.json";

  /** Copies lists and options. */
  public GroupsResult {
    similarity = similarity.stream().map(List::copyOf).collect(ImmutableList.toImmutableList());
    options = ImmutableMap.copyOf(options);
    stages = ImmutableList.copyOf(stages);
  }

  /** Writes it. */
  public void write(OutputFolder folder) {
    folder.write(FILE, Json.bytes(this));
  }

  static List<List<Double>> rows(Similarity similarity) {
    return IntStream.range(0, similarity.size())
        .mapToObj(
            a ->
                IntStream.range(0, similarity.size())
                    .mapToObj(b -> similarity.between(a, b))
                    .toList())
        .toList();
  }
}
