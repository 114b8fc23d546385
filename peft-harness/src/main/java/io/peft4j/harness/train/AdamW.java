package io.peft4j.harness.train;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled Weight Decay Regularization",
 * Algorithm 2), in the order in which PyTorch computes it. With gradient g, learning rate η of the
 * group, decay λ and step t counted from 1, for every element:
 *
 * <pre>
 * p ← p (1 − ηλ)
 * m ← β₁m + (1 − β₁)g         v ← β₂v + (1 − β₂)g²
 * p ← p − η · m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + ε)
 * </pre>
 *
 * <p>Arithmetic is in the type of the parameter, as are the moments. A parameter without a gradient
 * in a step is left alone, decay and step count included. Not safe for use by several threads; it
 * belongs to the training.
 */
public final class AdamW {
  private static final String FIRST_MOMENT = ".exp_avg";
  private static final String SECOND_MOMENT = ".exp_avg_sq";
  private static final String STEP = ".step";

  /**
   * Settings common to all groups.
   *
   * @param beta1 decay of the first moment, in [0, 1)
   * @param beta2 decay of the second moment, in [0, 1)
   * @param epsilon added to the root of the second moment, above 0
   */
  public record Settings(double beta1, double beta2, double epsilon) {
    /** PyTorch's defaults, which the papers use. */
    public static final Settings DEFAULT = new Settings(0.9, 0.999, 1e-8);

    /** Checks the ranges. */
    public Settings {
      requireBeta("beta1", beta1);
      requireBeta("beta2", beta2);
      if (!(epsilon > 0)) {
        throw new InputException("AdamW: epsilon " + epsilon + " must be above 0");
      }
    }

    private static void requireBeta(String name, double beta) {
      if (!(beta >= 0 && beta < 1)) {
        throw new InputException("AdamW: " + name + " " + beta + " must be in [0, 1)");
      }
    }
  }

  /** A parameter with its group's settings and its own state. */
  private static final class Slot {
    private final Trainable parameter;
    private final double learningRateScale;
    private final double weightDecay;
    private final INDArray first;
    private final INDArray second;
    private long steps;

    Slot(Trainable parameter, ParameterGroup group) {
      this.parameter = parameter;
      this.learningRateScale = group.learningRateScale();
      this.weightDecay = parameter.decay() ? group.weightDecay() : 0;
      this.first = zerosLike(parameter.value());
      this.second = zerosLike(parameter.value());
    }

    private static INDArray zerosLike(INDArray value) {
      return Nd4j.create(value.dataType(), value.shape());
    }
  }

  private final Settings settings;
  private final ImmutableMap<String, Slot> slots;

  private final AdamUpdate update = new AdamUpdate();

  /** An optimizer with zero moments; names must differ over all groups. */
  public AdamW(List<ParameterGroup> groups, Settings settings) {
    this.settings = settings;
    Map<String, Slot> byName = new LinkedHashMap<>();
    for (ParameterGroup group : groups) {
      for (Trainable parameter : group.parameters()) {
        if (byName.put(parameter.name(), new Slot(parameter, group)) != null) {
          throw new InputException("AdamW: parameter '" + parameter.name() + "' is listed twice");
        }
      }
    }
    if (byName.isEmpty()) {
      throw new InputException("AdamW: there is no parameter to train");
    }
    this.slots = ImmutableMap.copyOf(byName);
  }

  /** One group at the schedule's learning rate, decay where the parameters say so. */
  public static AdamW of(List<Trainable> parameters, double weightDecay) {
    ParameterGroup all = new ParameterGroup(ImmutableList.copyOf(parameters), 1, weightDecay);
    return new AdamW(List.of(all), Settings.DEFAULT);
  }

  /** As {@link #step(Map, double, double)} with gradients as they are. */
  public void step(Map<String, INDArray> gradients, double learningRate) {
    step(gradients, learningRate, 1);
  }

  /**
   * Updates every parameter that has a gradient, in place; the gradients are only read.
   *
   * @param gradients by parameter name, in the shape of the parameter
   * @param learningRate rate of this step, before the groups' scales
   * @param gradientScale factor on every gradient, as {@link GradientClip#factor()}
   * @throws IllegalArgumentException if a name is unknown or a shape differs; nothing is updated
   */
  public void step(Map<String, INDArray> gradients, double learningRate, double gradientScale) {
    gradients.forEach(this::checkGradient);
    for (Slot slot : slots.values()) {
      INDArray gradient = gradients.get(slot.parameter.name());
      if (gradient != null) {
        update(slot, gradient, learningRate * slot.learningRateScale, gradientScale);
      }
    }
  }

  private void checkGradient(String name, INDArray gradient) {
    Slot slot = slots.get(name);
    if (slot == null) {
      throw new IllegalArgumentException(
          "a gradient is called '%s', but no parameter%s"
              .formatted(name, NearestName.hint(name, slots.keySet())));
    }
    if (!Arrays.equals(gradient.shape(), slot.parameter.value().shape())) {
      throw new IllegalArgumentException(
          "the gradient of '%s' has shape %s, but the parameter %s"
              .formatted(
                  name,
                  Arrays.toString(gradient.shape()),
                  Arrays.toString(slot.parameter.value().shape())));
    }
  }

  private void update(Slot slot, INDArray gradient, double learningRate, double gradientScale) {
    slot.steps++;
    AdamUpdate.Factors factors =
        new AdamUpdate.Factors(
            settings,
            gradientScale,
            1 - learningRate * slot.weightDecay,
            learningRate / (1 - Math.pow(settings.beta1, slot.steps)),
            1 / Math.sqrt(1 - Math.pow(settings.beta2, slot.steps)));
    update.run(factors, slot.parameter.value(), gradient, slot.first, slot.second);
  }

  /** True if a parameter has had a gradient other than zero, which its moments remember. */
  boolean hasHadGradient(String name) {
    Slot slot = slots.get(name);
    return slot.first.amaxNumber().doubleValue() != 0
        || slot.second.amaxNumber().doubleValue() != 0;
  }

  /** Names of all parameters, in the order of the groups. */
  public ImmutableList<String> names() {
    return slots.keySet().asList();
  }

  /**
   * A copy of the state: of every parameter the moments {@code <name>.exp_avg} and {@code
   * <name>.exp_avg_sq} and its step count {@code <name>.step}.
   */
  public Map<String, INDArray> state() {
    Map<String, INDArray> state = arrays();
    state.replaceAll((name, array) -> array.dup());
    return state;
  }

  /** As {@link #state()}, but the moments themselves: memory for a copy may be scarce. */
  Map<String, INDArray> arrays() {
    Map<String, INDArray> arrays = new LinkedHashMap<>();
    slots.forEach(
        (name, slot) -> {
          arrays.put(name + FIRST_MOMENT, slot.first);
          arrays.put(name + SECOND_MOMENT, slot.second);
          arrays.put(name + STEP, Nd4j.scalar(slot.steps));
        });
    return arrays;
  }

  /**
   * Continues from {@link #state()} of an optimizer of the same parameters.
   *
   * @throws InputException if an entry is missing, unknown, or of another type or shape; then
   *     nothing is changed
   */
  public void load(Map<String, INDArray> state) {
    require(state);
    slots.forEach(
        (name, slot) -> {
          slot.first.assign(state.get(name + FIRST_MOMENT));
          slot.second.assign(state.get(name + SECOND_MOMENT));
          slot.steps = state.get(name + STEP).getLong(0);
        });
  }

  /** Throws what {@link #load} would. */
  void require(Map<String, INDArray> state) {
    Set<String> expected = new HashSet<>();
    slots.forEach(
        (name, slot) -> {
          expected.add(requireLike(state, name + FIRST_MOMENT, slot.first));
          expected.add(requireLike(state, name + SECOND_MOMENT, slot.second));
          expected.add(requireLike(state, name + STEP, Nd4j.scalar(0L)));
        });
    for (String name : state.keySet()) {
      if (!expected.contains(name)) {
        throw new InputException("optimizer state '" + name + "' belongs to no parameter");
      }
    }
  }

  private static String requireLike(Map<String, INDArray> state, String name, INDArray like) {
    INDArray value = state.get(name);
    if (value == null) {
      throw new InputException(
          "optimizer state lacks '%s'; was it saved for other parameters?".formatted(name));
    }
    if (value.dataType() != like.dataType() || !Arrays.equals(value.shape(), like.shape())) {
      throw new InputException(
          "optimizer state '%s' is %s%s, but %s%s is needed"
              .formatted(
                  name,
                  value.dataType(),
                  Arrays.toString(value.shape()),
                  like.dataType(),
                  Arrays.toString(like.shape())));
    }
    return name;
  }
}
