package io.peft4j.ditask;

import io.peft4j.api.backbone.Param;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Ops;
import io.peft4j.api.routing.Stream;
import io.peft4j.graph.ops.AuditedOps;
import java.util.Map;
import java.util.function.Supplier;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One layer on one stream, whose input and parameters are given. */
final class FakeEmit implements Emit {
  private final SameDiff sd;
  private final Stream stream;
  private final SDVariable input;
  private final SDVariable weight;
  private final SDVariable bias;
  private final Map<String, INDArray> params;

  /** A layer; {@code params} by local name. */
  FakeEmit(
      SameDiff sd,
      Stream stream,
      SDVariable input,
      SDVariable weight,
      SDVariable bias,
      Map<String, INDArray> params) {
    this.sd = sd;
    this.stream = stream;
    this.input = input;
    this.weight = weight;
    this.bias = bias;
    this.params = params;
  }

  @Override
  public Stream stream() {
    return stream;
  }

  @Override
  public Ops ops() {
    return new AuditedOps(sd);
  }

  @Override
  public SDVariable next() {
    return ops().linear(input, weight, bias);
  }

  @Override
  public SDVariable next(Stream other) {
    throw new UnsupportedOperationException();
  }

  @Override
  public SDVariable input() {
    return input;
  }

  @Override
  public SDVariable input(Stream other) {
    throw new UnsupportedOperationException();
  }

  @Override
  public SDVariable weight() {
    return weight;
  }

  @Override
  public SDVariable value(String variable, Stream other) {
    return bias;
  }

  @Override
  public SDVariable apply(String from, SDVariable x, String to, Stream other) {
    throw new UnsupportedOperationException();
  }

  @Override
  public SDVariable param(String local, Param.Kind kind, Init init, long... shape) {
    String name = local + "." + stream.id();
    return sd.hasVariable(name)
        ? sd.getVariable(name)
        : sd.var(name, params.get(local).castTo(weight.dataType()).reshape(shape));
  }

  @Override
  public SDVariable sharedParam(String local, Param.Kind kind, Init init, long... shape) {
    return param(local, kind, init, shape);
  }

  @Override
  public SDVariable globalParam(
      String name, Stream owner, Param.Kind kind, Init init, long... shape) {
    throw new UnsupportedOperationException();
  }

  @Override
  public SDVariable frozen(String local, Supplier<INDArray> value, long... shape) {
    String name = "frozen." + local + "." + stream.id();
    return sd.hasVariable(name) ? sd.getVariable(name) : sd.constant(name, value.get());
  }

  @Override
  public SDVariable dropout(String local, SDVariable x, double rate, int width) {
    return x;
  }

  @Override
  public SDVariable named(String local, SDVariable generated) {
    throw new UnsupportedOperationException();
  }

  @Override
  public String buffer(String local, long... shape) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void penalty(String local, SDVariable value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public INDArray base(String param) {
    throw new UnsupportedOperationException();
  }
}
