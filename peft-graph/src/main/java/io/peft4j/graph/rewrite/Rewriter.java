package io.peft4j.graph.rewrite;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSetMultimap;
import io.peft4j.api.backbone.AttentionSite;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.NoiseInput;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Site;
import io.peft4j.api.backbone.TapSite;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.method.Training;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.Task;
import io.peft4j.api.routing.TaskRouter;
import io.peft4j.graph.emitted.TargetGraph;
import io.peft4j.graph.emitted.Trainable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Emits a backbone again as a method rewrites it, starting from what the tasks demand.
 *
 * <p>A request is (variable, stream). Its place is routed to the stream that computes it; a site is
 * answered by the plugin, everything else by a copy of the operation. Operations with equal inputs
 * are emitted once, so streams that compute the same merge by themselves. The plain graph is only
 * read; constants share its arrays.
 */
public final class Rewriter {
  /** Plugins nest through demand, one site inside another; deep backbones need a deep stack. */
  private static final long STACK_BYTES = 256L << 20;

  private final PlainGraph plain;
  private final Rewrite rewrite;
  private final BaseValues baseValues;
  private final TargetGraph target;
  private final OpCopier copier;

  private final Map<Request, SDVariable> answers = new HashMap<>();
  private final Set<Busy> busy = new HashSet<>();
  private final Map<List<String>, SDVariable[]> emittedOps = new HashMap<>();
  private final Map<String, Stream> owners = new HashMap<>();
  private final Map<Routed, Stream> routes = new HashMap<>();
  private final ImmutableSetMultimap.Builder<String, String> copies =
      ImmutableSetMultimap.builder();
  private final ImmutableSetMultimap.Builder<String, String> values =
      ImmutableSetMultimap.builder();
  private final ImmutableSetMultimap.Builder<String, Stream> streams =
      ImmutableSetMultimap.builder();
  private final Set<String> copiedOps = new HashSet<>();
  private final List<Emission.AdaptedSite> adapted = new ArrayList<>();

  /** A rewriter that emits into {@code target}. */
  public Rewriter(Backbone backbone, Rewrite rewrite, BaseValues baseValues, TargetGraph target) {
    this.plain = new PlainGraph(backbone);
    this.rewrite = rewrite;
    this.baseValues = baseValues;
    this.target = target;
    this.copier = new OpCopier(backbone.graph(), target.graph());
  }

  /** Emits the features of all tasks. */
  public Emission emit(List<Task> tasks) {
    return onDeepStack(
        () -> {
          Map<String, List<Feature>> features = new LinkedHashMap<>();
          for (Task task : tasks) {
            ImmutableList.Builder<Feature> list = ImmutableList.builder();
            for (Feature f : plain.backbone().features()) {
              SDVariable v = value(f.name(), Stream.of(task.name()), Region.NONE);
              list.add(new Feature(v.name(), f.place(), f.channels(), f.height(), f.width()));
            }
            features.put(task.name(), list.build());
          }
          return emission(features);
        });
  }

  /**
   * Emits one linear site alone, as {@code stream} computes it, with its input on that stream
   * replaced.
   *
   * @param input makes the replacement in the target graph
   * @return the site's answer
   */
  public Emission.AdaptedSite emitSite(LinearSite site, Stream stream, INDArray input) {
    return onDeepStack(
        () -> {
          SDVariable x = target.graph().constant("probe.rows", input);
          Stream start = route(site.input(), stream);
          own(x, start);
          Region region =
              Region.NONE.inside(site.input(), x, start, plain.downstreamOf(site.input()));
          int level = plain.sites(site.output()).indexOf(site) + 1;
          SDVariable y = level(site.output(), level, stream, region);
          return new Emission.AdaptedSite(site, stream, y.name());
        });
  }

  private Emission emission(Map<String, List<Feature>> features) {
    Set<String> pluginOps = new LinkedHashSet<>(target.graph().getOps().keySet());
    pluginOps.removeAll(copiedOps);
    return new Emission(
        target, features, copies.build(), values.build(), streams.build(), pluginOps, adapted);
  }

  // ---- requests ----

  /** A level of a variable on a stream; level 0 is the plain operation, each site adds one. */
  private record Request(String variable, int level, Stream stream, Region region) {}

  /** A request that is being answered; asked again in whatever region, it would never end. */
  private record Busy(String variable, int level, Stream stream) {}

  private record Routed(Place place, Stream demanded) {}

  /** The value of a plain variable as a consumer on {@code demanded} sees it. */
  SDVariable value(String variable, Stream demanded, Region region) {
    Stream stream = route(variable, demanded);
    return level(variable, plain.sites(variable).size(), stream, region);
  }

  Stream route(String variable, Stream demanded) {
    Place place = plain.backbone().places().get(variable);
    if (place == null) {
      return demanded;
    }
    return routes.computeIfAbsent(
        new Routed(place, demanded), r -> checkedRoute(variable, place, demanded));
  }

  private Stream checkedRoute(String variable, Place place, Stream demanded) {
    TaskRouter router = rewrite.router();
    Stream stream = router.route(place, demanded);
    if (demanded.isShared() && !stream.isShared()) {
      throw new RewriteException(
          "the router sends the shared stream to '%s' at '%s' (%s); it must answer shared by shared"
              .formatted(stream, variable, place));
    }
    if (!router.route(place, stream).equals(stream)) {
      throw new RewriteException(
          "the router sends '%s' to '%s' at '%s' (%s), but that one elsewhere; it must be idempotent"
              .formatted(demanded, stream, variable, place));
    }
    return stream;
  }

  /** Level {@code level} of a variable on a stream that has been routed already. */
  SDVariable level(String variable, int level, Stream stream, Region region) {
    Region scope = region.of(variable, stream);
    SDVariable substitute = scope.substitute(variable);
    if (substitute != null) {
      return substitute;
    }
    Request request = new Request(variable, level, stream, scope);
    SDVariable known = answers.get(request);
    if (known != null) {
      return known;
    }
    Busy mark = new Busy(variable, level, stream);
    if (!busy.add(mark)) {
      throw new RewriteException(asksForItself(variable, level, stream));
    }
    SDVariable answer =
        level == 0
            ? copy(variable, stream, scope)
            : ask(plain.sites(variable).get(level - 1), level, stream, scope);
    busy.remove(mark);
    answers.put(request, answer);
    return answer;
  }

  private String asksForItself(String variable, int level, Stream stream) {
    String what =
        level == 0
            ? "variable '%s'".formatted(variable)
            : "site '%s'".formatted(plain.sites(variable).get(level - 1).path());
    return "answering %s on stream '%s' asks for itself; use next() for what lies inside"
        .formatted(what, stream);
  }

  // ---- plugin ----

  private SDVariable ask(Site site, int level, Stream stream, Region region) {
    SiteEmit emit = new SiteEmit(this, site, level, stream, region);
    SDVariable answer;
    if (site instanceof LinearSite s) {
      answer = rewrite.linear(s, emit);
    } else if (site instanceof TapSite s) {
      answer = rewrite.tap(s, emit);
    } else {
      answer = rewrite.attention((AttentionSite) site, emit);
    }
    requireOwn(answer, "site '%s' is answered by".formatted(site.path()));
    if (answer.getVariableType() == VariableType.ARRAY && !owners.containsKey(answer.name())) {
      answer = answer.rename(freeName(stream.tag(site.output())));
      owners.put(answer.name(), stream);
    }
    values.put(site.output(), answer.name());
    if (region == Region.NONE && answer != inside(site, level, stream)) {
      adapted.add(new Emission.AdaptedSite(site, stream, answer.name()));
    }
    return answer;
  }

  /** What the site's level covers, if it was asked for. */
  private @Nullable SDVariable inside(Site site, int level, Stream stream) {
    return answers.get(new Request(site.output(), level - 1, stream, Region.NONE));
  }

  /** Refuses a plugin's value that is none, or another graph's. */
  void requireOwn(@Nullable SDVariable value, String what) {
    if (value == null || value.getSameDiff() != target.graph()) {
      throw new RewriteException(
          "%s %s; compose values from what Emit gives"
              .formatted(what, value == null ? "null" : "a value of another graph"));
    }
  }

  // ---- copies ----

  private SDVariable copy(String variable, Stream stream, Region region) {
    Param param = plain.param(variable);
    if (param != null) {
      return parameter(param, stream);
    }
    SameDiffOp op = plain.producer(variable);
    return op == null ? leaf(variable, stream) : operation(op, variable, stream, region);
  }

  private SDVariable operation(SameDiffOp op, String variable, Stream stream, Region region) {
    SDVariable[] inputs = new SDVariable[op.getInputsToOp().size()];
    List<String> key = new ArrayList<>(List.of(op.getName()));
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = value(op.getInputsToOp().get(i), stream, region);
      key.add(inputs[i].name());
    }
    if (op.getOp().opName().equals("identity")) {
      return inputs[0];
    }
    SDVariable[] outputs = emittedOps.get(key);
    if (outputs == null) {
      Stream owner = owner(inputs, stream);
      List<String> names = op.getOutputsOfOp().stream().map(o -> freeName(owner.tag(o))).toList();
      outputs = copier.copy(op, names, inputs);
      emittedOps.put(key, outputs);
      names.forEach(name -> owners.put(name, owner));
    }
    for (int i = 0; i < outputs.length; i++) {
      String plainOutput = op.getOutputsOfOp().get(i);
      values.put(plainOutput, outputs[i].name());
      if (region == Region.NONE) {
        copiedOps.add(outputs[0].name());
        copies.put(plainOutput, outputs[i].name());
        streams.put(plainOutput, stream);
      }
    }
    return outputs[op.getOutputsOfOp().indexOf(variable)];
  }

  /** The one stream that the inputs belong to; the demanded one where they mix streams. */
  private Stream owner(SDVariable[] inputs, Stream demanded) {
    Set<Stream> streams = new HashSet<>();
    for (SDVariable input : inputs) {
      streams.add(owners.getOrDefault(input.name(), Stream.SHARED));
    }
    streams.remove(Stream.SHARED);
    return switch (streams.size()) {
      case 0 -> Stream.SHARED;
      case 1 -> streams.iterator().next();
      default -> demanded;
    };
  }

  private SDVariable parameter(Param param, Stream stream) {
    Training training = rewrite.training(param, stream);
    return training == Training.FROZEN
        ? frozen(param, stream)
        : trained(param, training.copyFor(stream));
  }

  private SDVariable frozen(Param param, Stream stream) {
    Optional<BaseValues.Replaced> replaced = baseValues.of(param, stream);
    String name = replaced.map(BaseValues.Replaced::name).orElse(param.path());
    owners.put(name, name.equals(param.path()) ? Stream.SHARED : stream);
    return target.constant(
        name,
        () -> replaced.map(BaseValues.Replaced::value).orElseGet(() -> base(param.path())),
        param.shape());
  }

  private SDVariable trained(Param param, Stream stream) {
    String name = stream.tag(param.path());
    owners.put(name, stream);
    return target.trainable(
        Trainable.ofBackbone(name, stream, param), Init.of(() -> base(param.path())));
  }

  private SDVariable leaf(String variable, Stream stream) {
    SDVariable original = plain.variable(variable);
    NoiseInput noise = plain.backbone().noises().get(variable);
    if (noise != null) {
      SDVariable mask = target.noise(noise.renamed(stream.tag(variable)));
      owners.put(mask.name(), stream);
      return mask;
    }
    owners.put(variable, Stream.SHARED);
    if (!original.isPlaceHolder()) {
      return target.constant(variable, original.getArr());
    }
    long[] shape = original.placeholderShape();
    if (shape == null) {
      throw new RewriteException(
          "placeholder '%s' of the backbone has no shape; declare it with -1 for the batch"
              .formatted(variable));
    }
    return target.placeholder(variable, original.dataType(), shape);
  }

  // ---- for SiteEmit ----

  TargetGraph target() {
    return target;
  }

  PlainGraph plain() {
    return plain;
  }

  /**
   * Marks a value that stands in for a variable, so that copies that read it are named by stream.
   */
  void own(SDVariable value, Stream stream) {
    owners.putIfAbsent(value.name(), stream);
  }

  /** The frozen array of a parameter. */
  INDArray base(String param) {
    INDArray array = plain.variable(plain.backbone().param(param).path()).getArr();
    if (array == null) {
      throw new RewriteException(
          "parameter '%s' has no array: the backbone was built for counting only".formatted(param));
    }
    return array;
  }

  private boolean free(String name) {
    return !target.graph().hasVariable(name) && !target.graph().opExists(name);
  }

  private String freeName(String name) {
    String candidate = name;
    for (int i = 2; !free(candidate); i++) {
      candidate = name + "#" + i;
    }
    return candidate;
  }

  private static <T> T onDeepStack(java.util.concurrent.Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    Thread thread = new Thread(null, task, "peft-rewrite", STACK_BYTES);
    thread.start();
    try {
      return task.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RewriteException("interrupted while rewriting");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        cause.addSuppressed(new RewriteException("while rewriting, called from here"));
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}
