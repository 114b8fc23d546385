package io.peft4j.adapters.hf;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Place;
import io.peft4j.backbones.names.NameMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The modules of a file that are the backbone's: by a library's names, behind the name that a
 * larger model gives its backbone ({@code backbone.}, {@code swin.}), if there is one.
 *
 * @param modules the library's names
 * @param wrapper what stands before each name; empty or ending with a dot
 */
record WrappedModules(ForeignModules modules, String wrapper) {
  private static final int LISTED = 3;

  /**
   * Finds the names and the wrapper with which every updated module of a file is a linear layer of
   * the backbone, of fitting widths.
   *
   * @throws InputException if there are none, naming what does not fit by the nearest
   */
  static WrappedModules find(HfTensors tensors, Backbone backbone, String source) {
    List<String> best = List.of();
    Optional<WrappedModules> fitting = Optional.empty();
    long most = -1;
    for (NameMap names : KnownNames.of(backbone)) {
      WrappedModules found = guess(tensors.a().keySet(), new ForeignModules(backbone, names));
      List<String> problems = found.problems(tensors);
      problems.addAll(found.ownProblems(tensors, backbone));
      long own = tensors.own().keySet().stream().filter(k -> found.param(k).isPresent()).count();
      // Where layers have the same names in several codes, trained parameters tell them apart.
      if (problems.isEmpty() && own > most) {
        fitting = Optional.of(found);
        most = own;
      }
      if (best.isEmpty() || !problems.isEmpty() && problems.size() < best.size()) {
        best = problems;
      }
    }
    if (fitting.isPresent()) {
      return fitting.get();
    }
    String more = best.size() > LISTED ? " and %d more".formatted(best.size() - LISTED) : "";
    String listed = best.stream().limit(LISTED).collect(Collectors.joining("; "));
    throw new InputException(
        "%s: is not for %s (%s): %s%s"
            .formatted(source, backbone.id(), stages(backbone), listed, more));
  }

  /** Stages as users know them: {@code stages of 2, 2, 6, 2 blocks}. */
  static String stages(Backbone backbone) {
    Map<Integer, Integer> depths = new TreeMap<>();
    for (LinearSite site : backbone.linearSites()) {
      Place place = site.place();
      if (place.block() >= 0) {
        depths.put(place.stage(), place.depth());
      }
    }
    return "stages of %s blocks"
        .formatted(depths.values().stream().map(String::valueOf).collect(Collectors.joining(", ")));
  }

  private static WrappedModules guess(Collection<String> found, ForeignModules modules) {
    for (String module : found) {
      for (int at = 0; at >= 0; at = next(module, at)) {
        if (modules.layer(module.substring(at)).isPresent()) {
          return new WrappedModules(modules, module.substring(0, at));
        }
      }
    }
    return new WrappedModules(modules, "");
  }

  private static int next(String module, int at) {
    int dot = module.indexOf('.', at);
    return dot < 0 ? -1 : dot + 1;
  }

  private List<String> problems(HfTensors tensors) {
    List<String> problems = new ArrayList<>();
    tensors
        .a()
        .forEach(
            (module, a) -> {
              Optional<ForeignModules.Part> part = modules.layer(unwrapped(module));
              if (!module.startsWith(wrapper) || part.isEmpty()) {
                problems.add("it has no linear layer '%s'".formatted(module));
                return;
              }
              shapeProblem(module, part.get(), tensors).ifPresent(problems::add);
            });
    return problems;
  }

  /** Trained parameters of the backbone that have another shape in the file. */
  private List<String> ownProblems(HfTensors tensors, Backbone backbone) {
    List<String> problems = new ArrayList<>();
    tensors
        .own()
        .forEach(
            (key, array) ->
                param(key)
                    .ifPresent(
                        part -> {
                          long[] shape = backbone.param(part.ours()).shape().toArray();
                          shape[0] /= part.parts();
                          if (!Arrays.equals(shape, array.shape())) {
                            problems.add(
                                "'%s' is %s, but %s in the backbone"
                                    .formatted(
                                        key,
                                        Arrays.toString(array.shape()),
                                        Arrays.toString(shape)));
                          }
                        }));
    return problems;
  }

  private Optional<String> shapeProblem(
      String module, ForeignModules.Part part, HfTensors tensors) {
    LinearSite site = modules.site(part.ours());
    INDArray a = tensors.a().get(module);
    INDArray b = tensors.b().get(module);
    long out = site.out() / part.parts();
    boolean fits =
        a.rank() >= 2
            && b.rank() >= 2
            && a.size(0) > 0
            && a.length() == a.size(0) * site.in()
            && b.size(0) == out
            && b.length() == out * a.size(0);
    INDArray m = tensors.magnitudes().get(module);
    if (fits && m != null && m.length() != out) {
      return Optional.of(
          "the magnitude of '%s' has %d numbers, but the layer %d outputs"
              .formatted(module, m.length(), out));
    }
    return fits
        ? Optional.empty()
        : Optional.of(
            "the update of '%s' is %s by %s, but the layer has %d outputs and %d inputs"
                .formatted(
                    module,
                    Arrays.toString(b.shape()),
                    Arrays.toString(a.shape()),
                    out,
                    site.in()));
  }

  NameMap names() {
    return modules.names();
  }

  /** Names of all linear layers, without the wrapper. */
  Iterable<String> layers() {
    return modules.layers();
  }

  String wrapped(String module) {
    return wrapper + module;
  }

  String unwrapped(String module) {
    return module.startsWith(wrapper) ? module.substring(wrapper.length()) : module;
  }

  /** Ours of a module that is known to be a linear layer. */
  ForeignModules.Part part(String module) {
    return modules
        .layer(unwrapped(module))
        .orElseThrow(() -> new IllegalArgumentException("no module " + module));
  }

  /** Ours of a parameter, if it is one. */
  Optional<ForeignModules.Part> param(String path) {
    return path.startsWith(wrapper) ? modules.param(unwrapped(path)) : Optional.empty();
  }
}
