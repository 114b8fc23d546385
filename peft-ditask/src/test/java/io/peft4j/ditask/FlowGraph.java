package io.peft4j.ditask;

import io.peft4j.graph.ops.AuditedOps;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A {@link CpabFlow} that can be evaluated and differentiated for any θ. */
final class FlowGraph {
  private final SameDiff sd = SameDiff.create();
  private final SDVariable theta;
  private final SDVariable displacement;
  private final DataType type;
  private final double[] points;

  FlowGraph(Basis basis, int cells, DataType type, double... points) {
    this.type = type;
    this.points = points;
    this.theta = sd.var("theta", Nd4j.zeros(type, 1, cells - 1));
    CpabFlow flow =
        new CpabFlow(
            new AuditedOps(sd),
            type,
            basis,
            cells,
            (name, value, rows, columns) -> sd.constant(name, array(value.get())));
    displacement = flow.displacement(theta, () -> points, points.length);
    SDVariable cotangent = sd.placeHolder("cotangent", type, points.length, 1);
    sd.setLossVariables(displacement.mul(cotangent).sum().rename("loss").name());
  }

  /** φ(x) at each point. */
  double[] at(double... coordinates) {
    set(coordinates);
    double[] phi = displacement(coordinates);
    for (int i = 0; i < phi.length; i++) {
      phi[i] += points[i];
    }
    return phi;
  }

  /** φ(x) - x at each point. */
  double[] displacement(double... coordinates) {
    set(coordinates);
    return sd.output(Map.of(), displacement.name())
        .get(displacement.name())
        .castTo(DataType.DOUBLE)
        .ravel()
        .toDoubleVector();
  }

  /** Gradient of {@code Σ cotangent·φ} by θ. */
  double[] gradient(double[] cotangent, double... coordinates) {
    set(coordinates);
    INDArray column = Nd4j.createFromArray(cotangent).castTo(type).reshape(points.length, 1);
    return sd.calculateGradients(Map.of("cotangent", column), theta.name())
        .get(theta.name())
        .castTo(DataType.DOUBLE)
        .ravel()
        .toDoubleVector();
  }

  /** The graph, for an audit. */
  SameDiff graph() {
    return sd;
  }

  private void set(double[] coordinates) {
    theta.getArr().assign(Nd4j.createFromArray(coordinates).castTo(type).reshape(1, -1));
  }

  private INDArray array(double[][] value) {
    return Nd4j.createFromArray(value).castTo(type);
  }
}
