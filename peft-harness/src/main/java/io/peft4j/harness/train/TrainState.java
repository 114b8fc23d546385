package io.peft4j.harness.train;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import io.peft4j.graph.PeftModel;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * All that a training changes, and how many updates it has made.
 *
 * <p>These are the parameters of adapter, backbone and heads that are trained, the buffers (running
 * statistics, and what a method remembers between steps) and the optimizer's moments. Learning
 * rate, order of the data and noise are functions of the configuration and of the number of
 * updates, so a training goes on from here as if it had never stopped, to the bit.
 *
 * <p>Not safe for use by several threads; it belongs to the training.
 */
public final class TrainState {
  private static final String MODEL = "model/";
  private static final String OPTIMIZER = "optimizer/";

  private final PeftModel model;
  private final AdamW optimizer;
  private final TrainingGuard guard;
  private long updates;
  private boolean whole = true;

  TrainState(PeftModel model, AdamW optimizer, TrainingGuard guard) {
    this.model = model;
    this.optimizer = optimizer;
    this.guard = guard;
  }

  /**
   * What has been noticed so far, so that a training that goes on warns of what it would have
   * warned of.
   *
   * @param unmoved names of trainables that had no gradient, and had not moved, when last looked at
   * @param warnings what was warned of
   */
  public record Watched(List<String> unmoved, List<String> warnings) {
    /** Copies the lists. */
    public Watched {
      unmoved = ImmutableList.copyOf(unmoved);
      warnings = ImmutableList.copyOf(warnings);
    }
  }

  /** What has been noticed; empty in the first updates, before anything was looked at. */
  public Optional<Watched> watched() {
    return guard.watched(updates);
  }

  /** Updates made so far. */
  public long updates() {
    return updates;
  }

  /** What has been warned of, in order. */
  public List<String> warnings() {
    return guard.warnings();
  }

  /** False while an update is being made: then some arrays are of before it, some of after it. */
  boolean isWhole() {
    return whole;
  }

  /** The next update is made; an exception from {@code change} leaves the state in pieces. */
  void update(Runnable change) {
    whole = false;
    change.run();
    updates++;
    whole = true;
  }

  /** The arrays themselves, by name; to be read before training goes on, and not to be changed. */
  public Map<String, INDArray> arrays() {
    Map<String, INDArray> arrays = new LinkedHashMap<>();
    model.state().forEach((name, array) -> arrays.put(MODEL + name, array));
    optimizer.arrays().forEach((name, array) -> arrays.put(OPTIMIZER + name, array));
    return Collections.unmodifiableMap(arrays);
  }

  /**
   * Takes over what {@link #arrays()} was after a number of updates.
   *
   * @throws InputException if the arrays are not those of this training; nothing is changed then
   */
  public void load(long updatesMade, Map<String, INDArray> saved) {
    load(updatesMade, saved, Optional.empty());
  }

  /**
   * As {@link #load(long, Map)}, with what {@link #watched()} was. Without it what has not moved so
   * far is not warned of later.
   */
  public void load(long updatesMade, Map<String, INDArray> saved, Optional<Watched> watched) {
    if (updatesMade < 0) {
      throw new InputException("a state after %d updates cannot be".formatted(updatesMade));
    }
    for (Map.Entry<String, INDArray> own : arrays().entrySet()) {
      INDArray array = saved.get(own.getKey());
      if (array != null && array.dataType() != own.getValue().dataType()) {
        throw new InputException(
            "the saved state's %s is %s, needed is %s"
                .formatted(own.getKey(), array.dataType(), own.getValue().dataType()));
      }
    }
    Map<String, INDArray> parameters = new LinkedHashMap<>();
    Map<String, INDArray> moments = new LinkedHashMap<>();
    saved.forEach(
        (name, array) -> {
          if (name.startsWith(MODEL)) {
            parameters.put(name.substring(MODEL.length()), array);
          } else if (name.startsWith(OPTIMIZER)) {
            moments.put(name.substring(OPTIMIZER.length()), array);
          } else {
            throw new InputException("the saved state's %s is not known".formatted(name));
          }
        });
    optimizer.require(moments);
    model.load(parameters);
    optimizer.load(moments);
    updates = updatesMade;
    guard.resumed(updatesMade, watched);
  }
}
