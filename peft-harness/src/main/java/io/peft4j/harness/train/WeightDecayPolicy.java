package io.peft4j.harness.train;

import com.google.common.base.Splitter;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Which parameters weight decay acts on. */
public enum WeightDecayPolicy {
  /**
   * Not on biases, norms, other vectors and scalars, nor on position embeddings and bias tables:
   * zero is no natural value for them.
   */
  STANDARD {
    @Override
    boolean decays(String name, int rank) {
      return rank > 1 && PATH.splitToStream(name).noneMatch(WeightDecayPolicy::isExempt);
    }
  },

  /**
   * As the MTLoRA and DiTASK code does: not on tensors with one dimension and names that end in
   * {@code .bias}. Position bias tables are decayed there, because the list that exempts them is
   * asked of the wrong object, and so are learnable scalars.
   */
  REFERENCE {
    @Override
    boolean decays(String name, int rank) {
      return rank != 1 && !name.endsWith(".bias");
    }
  };

  private static final Splitter PATH = Splitter.on('.');

  abstract boolean decays(String name, int rank);

  /** The parameter, to be decayed if this policy says so. */
  public Trainable trainable(String name, INDArray value) {
    return new Trainable(name, value, decays(name, value.rank()));
  }

  /** A component of a path such as {@code layers.0.blocks.1.norm1.weight}. */
  private static boolean isExempt(String labelled) {
    int stream = labelled.indexOf('@'); // a stream's private copy is called ….weight@semseg
    String component = stream < 0 ? labelled : labelled.substring(0, stream);
    return component.equals("bias")
        || component.startsWith("norm")
        || component.equals("relative_position_bias_table")
        || component.startsWith("pos_embed")
        || component.equals("absolute_pos_embed");
  }
}
