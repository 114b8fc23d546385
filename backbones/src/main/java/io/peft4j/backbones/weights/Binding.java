package io.peft4j.backbones.weights;

import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableSet;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.api.Shape;
import io.peft4j.backbones.checkpoint.Checkpoint;
import io.peft4j.backbones.safetensors.TensorType;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A checkpoint's entries as a backbone's parameters.
 *
 * @param naming names of the checkpoint
 * @param entries the entries of each parameter, in order
 * @param missing parameters that may be missing and are
 * @param resized parameters whose tables are of another size
 * @param unused entries that the backbone has no use for, or that may be left over
 * @param facts what a configuration of the backbone says
 */
record Binding(
    Naming naming,
    ImmutableListMultimap<String, String> entries,
    ImmutableSet<String> missing,
    ImmutableSet<String> resized,
    ImmutableSet<String> unused,
    Map<String, Object> facts) {
  /**
   * Finds every parameter.
   *
   * @throws InputException naming what is missing, unexpected or of a wrong shape and not allowed
   */
  static Binding of(Checkpoint checkpoint, WeightSpec spec, LoadOptions options) {
    checkPatterns(spec, options);
    Set<String> keys = checkpoint.entries().keySet();
    Naming naming = Naming.of(keys, spec, options.names());
    ImmutableListMultimap.Builder<String, String> entries = ImmutableListMultimap.builder();
    Set<String> left = new LinkedHashSet<>(keys);
    Set<String> absent = new HashSet<>();
    Set<String> resized = new LinkedHashSet<>();
    Mistakes mistakes = new Mistakes();
    for (WeightSpec.Tensor tensor : spec.tensors()) {
      String path = tensor.param().path();
      List<String> parts = naming.entries(path);
      left.removeAll(parts);
      if (keys.containsAll(parts)) {
        entries.putAll(path, parts);
        if (mustBeResized(checkpoint, tensor, parts, options, mistakes)) {
          resized.add(path);
        }
      } else if (LoadOptions.matches(options.allowMissing(), path)) {
        absent.add(path);
      } else {
        mistakes.add("missing", named(path, parts));
      }
    }
    left.removeIf(spec::isBuffer);
    Set<String> spare = naming.entriesEitherWay(spec.spare());
    left.stream()
        .filter(k -> !spare.contains(k) && !LoadOptions.matches(options.allowUnexpected(), k))
        .forEach(k -> mistakes.add("unexpected", k));
    checkpoint
        .config()
        .ifPresent(
            config ->
                Facts.contradictions(config, spec.facts())
                    .forEach(c -> mistakes.add("by " + config.file().getFileName(), c)));
    mistakes.refuse(checkpoint, spec, naming);
    return new Binding(
        naming,
        entries.build(),
        ImmutableSet.copyOf(absent),
        ImmutableSet.copyOf(resized),
        ImmutableSet.copyOf(left),
        spec.facts());
  }

  /** Notes a wrong shape or type. */
  private static boolean mustBeResized(
      Checkpoint checkpoint,
      WeightSpec.Tensor tensor,
      List<String> parts,
      LoadOptions options,
      Mistakes mistakes) {
    String path = tensor.param().path();
    for (String part : parts) {
      TensorType type = checkpoint.entries().get(part).type();
      // Integers are quantized weights, whose scales are elsewhere.
      if (!type.dataType().isFPType()) {
        mistakes.add("wrong type", "%s is %s, needed floating".formatted(named(path, parts), type));
        return false;
      }
    }
    Optional<Shape> shape = joined(checkpoint, parts);
    Shape wanted = tensor.param().shape();
    if (shape.equals(Optional.of(wanted))) {
      return false;
    }
    if (shape.isPresent() && PositionTable.fits(shape.get(), tensor)) {
      if (PositionTable.isOfAnotherWindow(shape.get(), tensor) && !options.allowResize()) {
        mistakes.add(
            Mistakes.WINDOW,
            "%s is of window %d, the architecture's is %d"
                .formatted(
                    named(path, parts),
                    PositionTable.window(shape.get().dim(0)),
                    PositionTable.window(tensor.ownRows())));
      }
      return true;
    }
    mistakes.add(
        "wrong shape",
        "%s is %s, needed %s".formatted(named(path, parts), shapes(checkpoint, parts), wanted));
    return false;
  }

  /** A pattern that matches no parameter is a slip, and would allow less than was meant. */
  private static void checkPatterns(WeightSpec spec, LoadOptions options) {
    List<String> paths = spec.tensors().stream().map(t -> t.param().path()).toList();
    for (String pattern : options.allowMissing()) {
      if (paths.stream().noneMatch(p -> LoadOptions.matches(List.of(pattern), p))) {
        throw new InputException(
            "missing '%s' cannot be allowed: %s has no such parameter%s"
                .formatted(
                    pattern,
                    spec.backbone(),
                    NearestName.of(pattern, paths)
                        .map(n -> "; did you mean '" + n + "'?")
                        .orElse("")));
      }
    }
  }

  /** Shape of entries whose rows stand one below the other, if they fit together. */
  private static Optional<Shape> joined(Checkpoint checkpoint, List<String> parts) {
    long[] dims = checkpoint.entries().get(parts.get(0)).shape().toArray();
    for (String part : parts.subList(1, parts.size())) {
      long[] more = checkpoint.entries().get(part).shape().toArray();
      if (more.length == 0 || more.length != dims.length) {
        return Optional.empty();
      }
      for (int i = 1; i < dims.length; i++) {
        if (dims[i] != more[i]) {
          return Optional.empty();
        }
      }
      dims[0] += more[0];
    }
    return Optional.of(Shape.of(dims));
  }

  private static String shapes(Checkpoint checkpoint, List<String> parts) {
    return String.join(
        " + ", parts.stream().map(p -> checkpoint.entries().get(p).shape().toString()).toList());
  }

  /** The parameter, and what the checkpoint calls it if that differs. */
  private static String named(String path, List<String> parts) {
    return parts.equals(List.of(path)) ? path : path + " (" + String.join(", ", parts) + ")";
  }
}
