package io.peft4j.graph.ops;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;

/** Gives the values of a graph names while it is being written, module by module. */
public final class ValueNames {
  private final SameDiff sd;
  private int namedOperations;

  /** Names for a graph; what is in it keeps the names it has. */
  public ValueNames(SameDiff sd) {
    this.sd = sd;
    this.namedOperations = sd.getOps().size();
  }

  /**
   * Gives a value its name, and every value written since the last call {@code <name>.<operation>}.
   * A value that has its name already (an operation that had nothing to do) keeps it.
   */
  public SDVariable name(String name, SDVariable value) {
    int at = 0;
    for (SameDiffOp op : sd.getOps().values()) {
      if (at++ < namedOperations) {
        continue;
      }
      for (String output : op.getOutputsOfOp()) {
        String stem = name + "." + op.getOp().opName();
        sd.renameVariable(output, output.equals(value.name()) ? name : free(stem));
      }
    }
    namedOperations = at;
    return value;
  }

  private String free(String stem) {
    String name = stem;
    for (int i = 1; sd.hasVariable(name); i++) {
      name = stem + "_" + i;
    }
    return name;
  }
}
