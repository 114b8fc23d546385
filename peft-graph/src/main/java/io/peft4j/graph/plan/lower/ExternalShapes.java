package io.peft4j.graph.plan.lower;

import io.peft4j.graph.plan.ir.Value;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.BaseOp;
import org.nd4j.linalg.api.ops.CustomOp;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.factory.Nd4j;

/** Output shapes of operations that the catalogue does not know, asked of ND4J. */
final class ExternalShapes {
  private ExternalShapes() {}

  /** The function is asked about arrays that nobody fills, but for leaves. */
  static List<long[]> of(DifferentialFunction function, List<Value> inputs) {
    List<INDArray> stand = new ArrayList<>();
    OpContext context = Nd4j.getExecutioner().buildContext();
    try {
      for (Value input : inputs) {
        boolean leaf = Call.isLeaf(input);
        INDArray array =
            leaf ? Call.array(input) : Nd4j.createUninitialized(input.type(), input.shape());
        if (!leaf) {
          stand.add(array);
        }
        context.setInputArray(context.numInputArguments(), array);
      }
      return shapes(function, context).stream().map(LongShapeDescriptor::getShape).toList();
    } finally {
      stand.stream().filter(INDArray::closeable).forEach(INDArray::close);
    }
  }

  private static List<LongShapeDescriptor> shapes(
      DifferentialFunction function, OpContext context) {
    if (function instanceof CustomOp custom) {
      context.setIArguments(custom.iArgs());
      context.setTArguments(custom.tArgs());
      context.setBArguments(custom.bArgs());
      context.setDArguments(custom.dArgs());
      return custom.calculateOutputShape(context);
    }
    return ((BaseOp) function).calculateOutputShape(context);
  }
}
