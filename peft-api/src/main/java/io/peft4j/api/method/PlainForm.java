package io.peft4j.api.method;

/**
 * Another method that computes the same from weights which it stores, where this one generates
 * them: a trained hypernetwork frozen into plain adapters.
 *
 * <p>Contract: every parameter of the other method's model is a value of the same name and shape in
 * the graph of this one, computed from parameters alone, or a parameter of the backbone that this
 * one trains.
 *
 * @param method id of the other method
 * @param config its configuration
 * @param perTask whether it is copied for each task
 */
public record PlainForm(String method, Record config, boolean perTask) {
  /** One model of the other method for all tasks. */
  public PlainForm(String method, Record config) {
    this(method, config, false);
  }

  /** The same with one model per task. */
  public PlainForm copiedPerTask() {
    return new PlainForm(method, config, true);
  }
}
