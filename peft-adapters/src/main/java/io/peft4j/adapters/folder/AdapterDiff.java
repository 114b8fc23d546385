package io.peft4j.adapters.folder;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Sets;
import io.peft4j.backbones.checkpoint.Checkpoint;
import io.peft4j.backbones.files.CheckpointFiles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * In what two adapter folders differ, as their files stand.
 *
 * @param options values of the configuration by key, left and right; null where one has none
 * @param onlyLeft tensors that only the left one has
 * @param onlyRight tensors that only the right one has
 * @param changed tensors that differ
 * @param same number of tensors that are equal to the bit
 */
public record AdapterDiff(
    Map<String, Pair> options,
    List<String> onlyLeft,
    List<String> onlyRight,
    List<Change> changed,
    int same) {
  /**
   * Two values.
   *
   * @param left of the left folder
   * @param right of the right folder
   */
  public record Pair(@Nullable Object left, @Nullable Object right) {}

  /**
   * A tensor that differs.
   *
   * @param name its key
   * @param left type and shape on the left
   * @param right type and shape on the right
   * @param largest largest absolute difference; NaN if types or shapes differ
   * @param relative the same relative to the largest magnitude on the left
   */
  public record Change(String name, String left, String right, double largest, double relative) {}

  /** Copies the collections. */
  public AdapterDiff {
    options = ImmutableSortedMap.copyOf(options);
    onlyLeft = ImmutableList.copyOf(onlyLeft);
    onlyRight = ImmutableList.copyOf(onlyRight);
    changed = ImmutableList.copyOf(changed);
  }

  /** Compares two folders, adapters and heads. */
  public static AdapterDiff of(AdapterFolder left, AdapterFolder right) {
    Map<String, Pair> options = new TreeMap<>();
    Map<String, Object> a = left.config().values();
    Map<String, Object> b = right.config().values();
    for (String key : Sets.union(a.keySet(), b.keySet())) {
      if (!Objects.equals(a.get(key), b.get(key))) {
        options.put(key, new Pair(a.get(key), b.get(key)));
      }
    }
    recipes(left, right, options);
    return of(left.tensors(), right.tensors(), options).and(heads(left), heads(right));
  }

  /** What heads need, under {@code heads.} and its key. */
  private static void recipes(AdapterFolder left, AdapterFolder right, Map<String, Pair> options) {
    Map<String, Object> a = left.recipe().map(RecipeFile::json).orElse(Map.of());
    Map<String, Object> b = right.recipe().map(RecipeFile::json).orElse(Map.of());
    for (String key : Sets.union(a.keySet(), b.keySet())) {
      if (!Objects.equals(a.get(key), b.get(key))) {
        options.put("heads." + key, new Pair(a.get(key), b.get(key)));
      }
    }
  }

  private static Optional<Checkpoint> heads(AdapterFolder folder) {
    return folder.headBytes() == 0
        ? Optional.empty()
        : Optional.of(CheckpointFiles.open(folder.path().resolve(AdapterFolder.HEADS)));
  }

  /** With the heads; where one side has none, those of the other are all its own. */
  private AdapterDiff and(Optional<Checkpoint> left, Optional<Checkpoint> right) {
    if (left.isPresent() && right.isPresent()) {
      return and(of(left.get(), right.get(), Map.of()));
    }
    return and(new AdapterDiff(Map.of(), names(left), names(right), List.of(), 0));
  }

  private static List<String> names(Optional<Checkpoint> heads) {
    return heads.map(h -> List.copyOf(h.entries().keySet())).orElse(List.of());
  }

  /** True if nothing differs. */
  public boolean isEmpty() {
    return options.isEmpty() && onlyLeft.isEmpty() && onlyRight.isEmpty() && changed.isEmpty();
  }

  private AdapterDiff and(AdapterDiff other) {
    List<String> lefts = new ArrayList<>(onlyLeft);
    lefts.addAll(other.onlyLeft);
    List<String> rights = new ArrayList<>(onlyRight);
    rights.addAll(other.onlyRight);
    List<Change> changes = new ArrayList<>(changed);
    changes.addAll(other.changed);
    return new AdapterDiff(options, lefts, rights, changes, same + other.same);
  }

  private static AdapterDiff of(Checkpoint left, Checkpoint right, Map<String, Pair> options) {
    Set<String> lefts = new TreeSet<>(left.entries().keySet());
    Set<String> rights = new TreeSet<>(right.entries().keySet());
    List<Change> changed = new ArrayList<>();
    int same = 0;
    // One tensor of each at a time: adapters of large models are compared too.
    for (String key : Sets.intersection(lefts, rights)) {
      INDArray x = left.read(key);
      INDArray y = right.read(key);
      if (sameBits(x, y)) {
        same++;
      } else {
        changed.add(change(key, x, y));
      }
    }
    return new AdapterDiff(
        options,
        List.copyOf(Sets.difference(lefts, rights)),
        List.copyOf(Sets.difference(rights, lefts)),
        changed,
        same);
  }

  private static boolean sameBits(INDArray x, INDArray y) {
    return x.dataType() == y.dataType()
        && Arrays.equals(x.shape(), y.shape())
        && Arrays.equals(x.data().asDouble(), y.data().asDouble());
  }

  private static Change change(String name, INDArray x, INDArray y) {
    if (x.dataType() != y.dataType() || !Arrays.equals(x.shape(), y.shape())) {
      return new Change(name, text(x), text(y), Double.NaN, Double.NaN);
    }
    double[] a = x.data().asDouble();
    double[] b = y.data().asDouble();
    double largest = 0;
    double scale = Double.MIN_NORMAL;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs(a[i] - b[i]));
      scale = Math.max(scale, Math.abs(a[i]));
    }
    return new Change(name, text(x), text(y), largest, largest / scale);
  }

  private static String text(INDArray array) {
    return array.dataType() + Arrays.toString(array.shape());
  }
}
