package io.peft4j.graph.pertask;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.peft4j.api.Shape;
import io.peft4j.api.backbone.AttentionSite;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.TapSite;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.OwnParameters;
import io.peft4j.api.method.PlainForm;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.method.Training;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.TaskRouter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.nd4j.autodiff.samediff.SDVariable;

/** Sends each stream to the copy of its task. */
final class PerTaskRewrite implements Rewrite {
  private final ImmutableMap<String, TaskCopy> copies;

  PerTaskRewrite(List<TaskCopy> copies) {
    this.copies = Maps.uniqueIndex(copies, c -> c.task().name());
  }

  @Override
  public TaskRouter router() {
    return (place, demanded) -> copy(demanded).map(c -> c.route(place, demanded)).orElse(demanded);
  }

  @Override
  public Training training(Param param, Stream stream) {
    return copy(stream)
        .map(c -> c.rewrite().training(param, c.inner(stream)))
        .map(t -> t == Training.TRAINED ? Training.PER_TASK : t)
        .orElse(Training.FROZEN);
  }

  @Override
  public SDVariable linear(LinearSite site, Emit emit) {
    return copy(emit.stream())
        .map(c -> c.rewrite().linear(site, new TaskEmit(c, site, emit)))
        .orElseGet(emit::next);
  }

  @Override
  public SDVariable tap(TapSite site, Emit emit) {
    return copy(emit.stream())
        .map(c -> c.rewrite().tap(site, new TaskEmit(c, site, emit)))
        .orElseGet(emit::next);
  }

  @Override
  public SDVariable attention(AttentionSite site, Emit emit) {
    return copy(emit.stream())
        .map(c -> c.rewrite().attention(site, new TaskEmit(c, site, emit)))
        .orElseGet(emit::next);
  }

  @Override
  public boolean identityAtStart() {
    return copies.values().stream().allMatch(c -> c.rewrite().identityAtStart());
  }

  @Override
  public OptionalLong declaredParameters() {
    List<OptionalLong> all =
        copies.values().stream().map(c -> c.rewrite().declaredParameters()).toList();
    return all.stream().allMatch(OptionalLong::isPresent)
        ? OptionalLong.of(all.stream().mapToLong(OptionalLong::getAsLong).sum())
        : OptionalLong.empty();
  }

  @Override
  public Map<String, Shape> deadTensors() {
    Map<String, Shape> all = new LinkedHashMap<>();
    for (TaskCopy copy : copies.values()) {
      copy.rewrite().deadTensors().forEach((name, shape) -> all.put(copy.outerName(name), shape));
    }
    return all;
  }

  @Override
  public long deadParameters() {
    return copies.values().stream().mapToLong(c -> c.rewrite().deadParameters()).sum();
  }

  /** The copies are bound to one configuration, and so have one plain form. */
  @Override
  public Optional<PlainForm> plainForm() {
    return copies.values().stream()
        .findFirst()
        .flatMap(c -> c.rewrite().plainForm())
        .map(PlainForm::copiedPerTask);
  }

  @Override
  public void beforeTraining(long steps) {
    copies.values().forEach(c -> c.rewrite().beforeTraining(steps));
  }

  @Override
  public void afterStep(OwnParameters own, long step) {
    copies.values().forEach(c -> c.afterStep(own, step));
  }

  /** The copy of a stream's task; none for the shared stream, which is the frozen backbone. */
  private Optional<TaskCopy> copy(Stream stream) {
    return stream.tasks().stream().findFirst().map(copies::get);
  }
}
