package io.peft4j.api.method;

import io.peft4j.api.backbone.Param;
import io.peft4j.api.routing.Stream;
import java.util.function.Supplier;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a plugin sees while it answers for one site on one stream.
 *
 * <p>A name given here is local: parameters become {@code <site path>.<local>[.<stream>]}.
 *
 * <p>Not safe for use by several threads; it adds to a graph, which one thread builds.
 */
public interface Emit {
  /** The stream that is being answered. */
  Stream stream();

  /** Audited operations on the graph that is being emitted. */
  Ops ops();

  /** What the backbone, or the plugin inside this one, computes here; emitted at most once. */
  SDVariable next();

  /** As {@link #next()}, seen by another stream (MTLoRA's frozen product on the shared stream). */
  SDVariable next(Stream stream);

  /** Input of a linear site {@code [batch·rows, in]}; for a tap the value that enters it. */
  SDVariable input();

  /** As {@link #input()}, seen by another stream. */
  SDVariable input(Stream stream);

  /** Weight of a linear site as {@code [out, in]}: frozen, or trained where the plugin says so. */
  SDVariable weight();

  /** Any variable of the backbone as a stream sees it: query, key, value, bias table, mask. */
  SDVariable value(String variable, Stream stream);

  /**
   * Emits the region between two variables of the backbone again, with another input.
   *
   * @param from variable where the region starts
   * @param x what takes its place
   * @param to variable where the region ends
   */
  SDVariable apply(String from, SDVariable x, String to, Stream stream);

  /**
   * A trainable parameter of this site and stream; get-or-create.
   *
   * @param kind what it is; weight decay and reports ask for it
   */
  SDVariable param(String local, Param.Kind kind, Init init, long... shape);

  /** As {@link #param}, of the kind {@link Param.Kind#ofAdded}. */
  default SDVariable param(String local, Init init, long... shape) {
    return param(local, Param.Kind.ofAdded(shape), init, shape);
  }

  /**
   * A trainable parameter of this site, one for all streams; get-or-create.
   *
   * @param kind what it is
   */
  SDVariable sharedParam(String local, Param.Kind kind, Init init, long... shape);

  /** As {@link #sharedParam}, of the kind {@link Param.Kind#ofAdded}. */
  default SDVariable sharedParam(String local, Init init, long... shape) {
    return sharedParam(local, Param.Kind.ofAdded(shape), init, shape);
  }

  /**
   * A trainable parameter of the whole method (hypernetworks, embeddings); get-or-create.
   *
   * @param name its whole name, to which nothing is added; those of two streams need two
   * @param stream the stream that it serves alone, or the shared one
   * @param kind what it is
   */
  SDVariable globalParam(String name, Stream stream, Param.Kind kind, Init init, long... shape);

  /** As {@link #globalParam}, for all streams. */
  default SDVariable globalParam(String name, Param.Kind kind, Init init, long... shape) {
    return globalParam(name, Stream.SHARED, kind, init, shape);
  }

  /** As {@link #globalParam}, for all streams and of the kind {@link Param.Kind#ofAdded}. */
  default SDVariable globalParam(String name, Init init, long... shape) {
    return globalParam(name, Stream.SHARED, Param.Kind.ofAdded(shape), init, shape);
  }

  /**
   * A constant of this site (SVD factors, masks); get-or-create, not counted, not saved.
   *
   * @param value called at most once, and not at all when a model is only counted
   */
  SDVariable frozen(String local, Supplier<INDArray> value, long... shape);

  /**
   * Gives a value that a plugin generates the name that {@link #param} would give a parameter, so
   * that it is found when the method is frozen into its {@link PlainForm}. Where a site is answered
   * more than once the first value with this name keeps it.
   *
   * @return the value under its name
   */
  SDVariable named(String local, SDVariable generated);

  /**
   * Numbers of this site and stream that the method itself keeps from step to step (smoothed
   * importances, masks), zeros at first; get-or-create. They are part of a training that is saved,
   * not of an adapter; read and changed in {@link Rewrite#afterStep}, neither trained nor counted.
   *
   * @return the full name, for {@link OwnParameters#buffer}
   */
  String buffer(String local, long... shape);

  /**
   * Inverted dropout of a {@code [batch·rows, width]} value of this site by a mask placeholder: an
   * independent draw per step and stream, the identity when evaluating.
   *
   * @param rate probability of dropping; 0 gives {@code x} itself
   */
  SDVariable dropout(String local, SDVariable x, double rate, int width);

  /**
   * Adds a number to the loss, beside those of the tasks (orthogonality of factors). Where a site
   * is answered more than once the first with this name stays.
   *
   * @param local local name
   * @param value a scalar, already weighted
   */
  void penalty(String local, SDVariable value);

  /** The frozen array of a backbone parameter; read-only by contract. */
  INDArray base(String param);
}
