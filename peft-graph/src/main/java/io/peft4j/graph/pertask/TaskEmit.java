package io.peft4j.graph.pertask;

import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Site;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Ops;
import io.peft4j.api.routing.Stream;
import java.util.function.Supplier;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a method sees while it answers for one task: its own streams and names. */
final class TaskEmit implements Emit {
  private final TaskCopy copy;
  private final Site site;
  private final Emit emit;
  private final Stream stream;

  TaskEmit(TaskCopy copy, Site site, Emit emit) {
    this.copy = copy;
    this.site = site;
    this.emit = emit;
    this.stream = copy.inner(emit.stream());
  }

  @Override
  public Stream stream() {
    return stream;
  }

  @Override
  public Ops ops() {
    return emit.ops();
  }

  @Override
  public SDVariable next() {
    return emit.next();
  }

  @Override
  public SDVariable next(Stream other) {
    return emit.next(copy.outer(other));
  }

  @Override
  public SDVariable input() {
    return emit.input();
  }

  @Override
  public SDVariable input(Stream other) {
    return emit.input(copy.outer(other));
  }

  @Override
  public SDVariable weight() {
    return emit.weight();
  }

  @Override
  public SDVariable value(String variable, Stream other) {
    return emit.value(variable, copy.outer(other));
  }

  @Override
  public SDVariable apply(String from, SDVariable x, String to, Stream other) {
    return emit.apply(from, x, to, copy.outer(other));
  }

  @Override
  public SDVariable param(String local, Param.Kind kind, Init init, long... shape) {
    return noted(innerName(local), emit.param(local, kind, init, shape));
  }

  @Override
  public SDVariable sharedParam(String local, Param.Kind kind, Init init, long... shape) {
    return stream.isShared()
        ? param(local, kind, init, shape)
        : globalParam(site.path() + "." + local, kind, init, shape);
  }

  @Override
  public SDVariable globalParam(
      String name, Stream owner, Param.Kind kind, Init init, long... shape) {
    return noted(
        name, emit.globalParam(copy.outerName(name), copy.outer(owner), kind, init, shape));
  }

  @Override
  public SDVariable frozen(String local, Supplier<INDArray> value, long... shape) {
    return emit.frozen(local, value, shape);
  }

  @Override
  public SDVariable named(String local, SDVariable generated) {
    return emit.named(local, generated);
  }

  @Override
  public String buffer(String local, long... shape) {
    String inner = innerName(local);
    copy.noteBuffer(inner, emit.buffer(local, shape));
    return inner;
  }

  @Override
  public SDVariable dropout(String local, SDVariable x, double rate, int width) {
    return emit.dropout(local, x, rate, width);
  }

  @Override
  public void penalty(String local, SDVariable value) {
    emit.penalty(local, value);
  }

  @Override
  public INDArray base(String param) {
    return emit.base(param);
  }

  private String innerName(String local) {
    String name = site.path() + "." + local;
    return stream.isShared() ? name : name + "." + stream.id();
  }

  private SDVariable noted(String name, SDVariable parameter) {
    copy.noteParameter(name, parameter.name());
    return parameter;
  }
}
