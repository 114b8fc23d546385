package io.peft4j.graph.toy;

import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.routing.Stream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An adapted toy as one would write it by hand: layers are called for one stream after another, and
 * a rule says what a linear layer gives.
 */
public final class DirectToy extends ToyNet {
  /** What a linear layer gives on the current stream. */
  @FunctionalInterface
  public interface Rule {
    SDVariable linear(DirectToy net, String path, SDVariable x, SDVariable plain);
  }

  private final Rule rule;
  private final Map<String, INDArray> trained;
  private final Map<String, SDVariable> leaves = new HashMap<>();
  private final Map<String, SDVariable> plain = new HashMap<>();
  private Stream stream = Stream.SHARED;

  /**
   * A graph without layers.
   *
   * @param trained arrays of trainables, which take the place of the backbone's of the same name
   */
  public DirectToy(List<Integer> depths, Map<String, INDArray> trained, Rule rule) {
    super(SameDiff.create(), depths);
    this.trained = trained;
    this.rule = rule;
  }

  public SameDiff graph() {
    return sd;
  }

  public SDVariable image() {
    return leaves.computeIfAbsent(
        ToyBackbone.IMAGE, n -> sd.placeHolder(n, DataType.DOUBLE, -1, 3, 2, 2));
  }

  /** Layers that follow are computed for this stream. */
  public DirectToy on(Stream next) {
    stream = next;
    return this;
  }

  /** A trainable by the name that it has in an emitted graph. */
  public SDVariable trainable(String name) {
    return leaves.computeIfAbsent(name, n -> sd.var(n, trained.get(n).dup()));
  }

  /** {@code x A B} of a site with parameters of the current stream. */
  public SDVariable branch(String path, SDVariable x) {
    String suffix = stream.isShared() ? "" : "." + stream.id();
    SDVariable a = trainable(path + ".lora_A" + suffix);
    SDVariable b = trainable(path + ".lora_B" + suffix);
    return ops.linear(ops.linear(x, a), b);
  }

  /** What the frozen layer gave when it was last called for the shared stream. */
  public SDVariable sharedPlain(String path) {
    return plain.get(path);
  }

  public Stream stream() {
    return stream;
  }

  @Override
  protected SDVariable param(String path, Place place, Param.Kind kind, long... shape) {
    for (String name : List.of(stream.tag(path), path)) {
      if (trained.containsKey(name)) {
        return trainable(name);
      }
    }
    return leaves.computeIfAbsent(path, n -> sd.constant(n, ToyBackbone.value(n, shape)));
  }

  @Override
  protected SDVariable linear(
      String path, Place place, int rows, SDVariable x, SDVariable weight, SDVariable bias) {
    SDVariable y = ops.linear(x, weight, bias);
    if (stream.isShared()) {
      plain.put(path, y);
    }
    return rule.linear(this, path, x, y);
  }

  @Override
  protected SDVariable placed(String name, Place place, SDVariable value) {
    return value;
  }

  @Override
  protected SDVariable tap(String path, Place place, int rows, int width, SDVariable value) {
    return value;
  }

  @Override
  protected SDVariable dropRows(String name, int rows, SDVariable value) {
    return value;
  }
}
