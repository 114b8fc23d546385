package io.peft4j.harness.train;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Param.Kind;
import io.peft4j.graph.emitted.TargetGraph;
import java.util.List;

/** Which parameters weight decay acts on: by what they are, whatever they are called. */
public enum WeightDecayPolicy {
  /**
   * On what has two dimensions or more and is a weight or a factor of one: not on biases, gains and
   * offsets of norms, other vectors and scalars, nor on position embeddings and bias tables, for
   * which zero is no natural value. A matrix that generates biases or gains is a weight.
   */
  @JsonProperty("STANDARD_BY_KIND")
  STANDARD {
    @Override
    public boolean decays(Kind kind, int rank) {
      return rank > 1
          && switch (kind) {
            case WEIGHT, LOW_RANK -> true;
            case BIAS, NORM_WEIGHT, NORM_BIAS, POSITION_BIAS, SCALE -> false;
          };
    }
  },

  /**
   * As the MTLoRA and DiTASK code does: not on tensors with one dimension and names that end in
   * {@code .bias}, which are biases and the offsets of norms. Position bias tables are decayed
   * there, because the list that exempts them is asked of the wrong object, and so are learnable
   * scalars.
   */
  REFERENCE {
    @Override
    public boolean decays(Kind kind, int rank) {
      return rank != 1 && kind != Kind.BIAS && kind != Kind.NORM_BIAS;
    }
  },

  /**
   * What records of earlier runs call standard: it went by letters of names, so that tasks called
   * like norms were not decayed. Such runs are read and evaluated, but not trained on.
   */
  @JsonProperty("STANDARD")
  BY_NAME {
    @Override
    public boolean decays(Kind kind, int rank) {
      throw new InputException(
          "weight decay by names is of earlier versions; train anew, with the policy standard");
    }
  };

  /**
   * True if a parameter is decayed.
   *
   * @param kind what it is
   * @param rank number of its dimensions
   * @throws InputException for {@link #BY_NAME}
   */
  public abstract boolean decays(Kind kind, int rank);

  /** What a graph trains, for the optimizer, in the order of the graph. */
  public List<Trainable> trainables(TargetGraph graph) {
    return graph.trainables().stream()
        .map(
            t ->
                new Trainable(
                    t.name(), graph.arrays().get(t.name()), decays(t.kind(), t.shape().rank())))
        .toList();
  }
}
