package io.peft4j.graph.plan.kernel;

import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOps;
import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * An operation of ND4J's whose arrays and attributes are set. ND4J's executioner makes lists of
 * them at every call, some kilobytes; on the CPU there is nothing else that it would have to do.
 */
final class PreparedCall {
  private PreparedCall() {}

  static Kernel of(DynamicCustomOp op, OpContext context) {
    if (!Host.isBackend()) {
      return () -> Nd4j.getExecutioner().exec(op, context);
    }
    NativeOps natives = NativeOpsHolder.getInstance().getDeviceNativeOps();
    long hash = op.opHash();
    return () -> {
      int status = natives.execCustomOp2(null, hash, context.contextPointer());
      int error = natives.lastErrorCode();
      if (status != 0 || error != 0) {
        throw new IllegalStateException(
            "operation %s fails (%d, %d): %s"
                .formatted(op.opName(), status, error, natives.lastErrorMessage()));
      }
    };
  }
}
