package io.peft4j.testkit;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.emitted.Trainable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Laws about the names of tasks, which users choose: they tell tasks apart, and say nothing. */
final class NameLaws {
  static final ImmutableList<Law<Subject>> ALL =
      ImmutableList.of(
          new Law<>("trains the same whatever its tasks are called", NameLaws::structure),
          new Law<>("computes the same whatever its tasks are called", NameLaws::values));

  /** Words that parameters and modules are called by, in both orders of the alphabet. */
  private static final ImmutableList<ImmutableList<String>> NAMES =
      ImmutableList.of(
          ImmutableList.of("normals", "bias"),
          ImmutableList.of("attn", "proj"),
          ImmutableList.of("weight", "lora_a"),
          ImmutableList.of("pos_embed", "relative_position_bias_table"),
          ImmutableList.of("decoders", "norm"));

  static final String REMEDY =
      "decide by the stream (Emit.stream) and by the order of the tasks, not by letters of a name;"
          + " an option that names tasks must be free to name any";

  private NameLaws() {}

  /** New names for the tasks, by the old ones; those beyond the words are numbered. */
  private static Map<String, String> renaming(List<Task> tasks, List<String> words) {
    Map<String, String> names = new LinkedHashMap<>();
    for (Task task : tasks) {
      int i = names.size();
      names.put(task.name(), words.get(i % words.size()) + (i < words.size() ? "" : "_" + i));
    }
    return names;
  }

  private static void structure(Subject s) {
    List<String> plain = described(s.outline(Map.of()), Map.of());
    for (List<String> words : NAMES) {
      Map<String, String> names = renaming(s.tasks(), words);
      PeftModel renamed = s.outline(names);
      List<String> other = described(renamed, inverse(names));
      Set<String> differing =
          Sets.symmetricDifference(ImmutableSet.copyOf(plain), ImmutableSet.copyOf(other));
      Failure.unless(
          plain.equals(other),
          "with tasks called %s, what is trained is %s"
              .formatted(
                  names.values(),
                  differing.isEmpty() ? "made in another order" : "another: " + differing),
          REMEDY);
    }
  }

  private static Map<String, String> inverse(Map<String, String> names) {
    Map<String, String> inverse = new LinkedHashMap<>();
    names.forEach((old, other) -> inverse.put(other, old));
    return inverse;
  }

  /** What is trained but for its names: decay, files and reports decide by no more. */
  private static List<String> described(PeftModel model, Map<String, String> back) {
    List<String> lines = new ArrayList<>();
    for (Trainable t : model.target().trainables()) {
      Set<String> tasks = new TreeSet<>();
      t.stream().tasks().forEach(task -> tasks.add(back.getOrDefault(task, task)));
      lines.add(
          "%s %s %s of %s%s"
              .formatted(
                  t.owner(),
                  t.kind(),
                  t.shape(),
                  tasks.isEmpty() ? "all" : tasks,
                  t.base().map(p -> " from " + p.path()).orElse("")));
    }
    lines.add(model.parameters().groups().toString());
    return lines;
  }

  private static void values(Subject s) {
    PeftModel plain = s.adapt(DataType.FLOAT);
    Values.perturb(plain, 11);
    Map<String, String> names = renaming(s.tasks(), NAMES.get(0));
    PeftModel renamed = s.adapt(DataType.FLOAT, names);
    List<INDArray> from = List.copyOf(plain.arrays().values());
    List<INDArray> to = List.copyOf(renamed.arrays().values());
    Failure.unless(
        from.size() == to.size(),
        "%d arrays are trained, but %d with tasks called %s"
            .formatted(from.size(), to.size(), names.values()),
        REMEDY);
    for (int i = 0; i < from.size(); i++) {
      to.get(i).assign(from.get(i));
    }
    INDArray images = Values.images(plain.backbone(), 2);
    Map<String, List<INDArray>> expected = new LinkedHashMap<>();
    plain.features(images).forEach((task, list) -> expected.put(names.get(task), list));
    List<String> differing =
        Values.differing(Values.ofFeatures(expected), Values.ofFeatures(renamed.features(images)));
    Failure.unless(
        differing.isEmpty(),
        "with tasks called %s, other values come out of %s".formatted(names.values(), differing),
        REMEDY);
  }
}
