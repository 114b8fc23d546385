package io.peft4j.harness.head;

import java.util.Map;

/**
 * The all-MLP head written directly, in plain loops over doubles, forward only; its gradients are
 * taken by differences.
 *
 * @param batch images
 * @param grids edge of each scale's square grid, finest first
 * @param channels channels of each scale
 * @param width channels inside the head
 * @param outputs channels of the prediction
 * @param edge edge of the square image
 * @param norms prefix of the names of norms on the features, or empty for none
 */
record SegformerOracle(
    int batch, int[] grids, int[] channels, int width, int outputs, int edge, String norms) {
  private static final double EPS = 1e-5;

  /** What comes out. */
  record Result(double[] prediction, double[] batchMean, double[] batchVariance) {}

  /**
   * The prediction {@code [batch, outputs, edge, edge]}.
   *
   * @param values tokens, parameters and running statistics by name
   * @param mask what the dropout leaves of each image's channels, {@code [batch, width]}
   */
  Result run(Map<String, double[]> values, boolean training, double[] mask) {
    int tokens = grids[0] * grids[0];
    int scales = grids.length;
    double[] joined = new double[batch * tokens * scales * width];
    for (int s = 0; s < scales; s++) {
      double[] rows = values.get("tokens_" + s);
      if (!norms.isEmpty()) {
        String name = norms + s;
        rows =
            layerNorm(rows, channels[s], values.get(name + ".weight"), values.get(name + ".bias"));
      }
      String path = "decoders.t.linear_c" + (s + 1) + ".proj";
      double[] y =
          linear(
              rows, channels[s], width, values.get(path + ".weight"), values.get(path + ".bias"));
      for (int b = 0; b < batch; b++) {
        for (int c = 0; c < width; c++) {
          double[] map = new double[grids[s] * grids[s]];
          for (int i = 0; i < map.length; i++) {
            map[i] = y[(b * map.length + i) * width + c];
          }
          double[] fine = resize(map, grids[s], grids[0]);
          for (int i = 0; i < tokens; i++) {
            // The coarsest scale comes first.
            joined[((b * tokens + i) * scales + scales - 1 - s) * width + c] = fine[i];
          }
        }
      }
    }
    double[] fused =
        linear(
            joined,
            scales * width,
            width,
            values.get("decoders.t.linear_fuse.conv.weight"),
            new double[width]);
    double[] mean = new double[width];
    double[] variance = new double[width];
    int rows = batch * tokens;
    for (int i = 0; i < fused.length; i++) {
      mean[i % width] += fused[i] / rows;
    }
    for (int i = 0; i < fused.length; i++) {
      variance[i % width] += Math.pow(fused[i] - mean[i % width], 2) / rows;
    }
    String bn = "decoders.t.linear_fuse.bn.";
    double[] m = training ? mean : values.get(bn + "running_mean");
    double[] v = training ? variance : values.get(bn + "running_var");
    double[] gain = values.get(bn + "weight");
    double[] offset = values.get(bn + "bias");
    for (int i = 0; i < fused.length; i++) {
      int c = i % width;
      double normed = (fused[i] - m[c]) / Math.sqrt(v[c] + EPS) * gain[c] + offset[c];
      fused[i] = Math.max(0, normed) * mask[i / (tokens * width) * width + c];
    }
    double[] out =
        linear(
            fused,
            width,
            outputs,
            values.get("decoders.t.linear_pred.weight"),
            values.get("decoders.t.linear_pred.bias"));
    double[] prediction = new double[batch * outputs * edge * edge];
    for (int b = 0; b < batch; b++) {
      for (int c = 0; c < outputs; c++) {
        double[] map = new double[tokens];
        for (int i = 0; i < tokens; i++) {
          map[i] = out[(b * tokens + i) * outputs + c];
        }
        System.arraycopy(
            resize(map, grids[0], edge),
            0,
            prediction,
            (b * outputs + c) * edge * edge,
            edge * edge);
      }
    }
    return new Result(prediction, mean, variance);
  }

  private static double[] linear(double[] x, int in, int out, double[] w, double[] bias) {
    int rows = x.length / in;
    double[] y = new double[rows * out];
    for (int r = 0; r < rows; r++) {
      for (int o = 0; o < out; o++) {
        double sum = bias[o];
        for (int i = 0; i < in; i++) {
          sum += x[r * in + i] * w[o * in + i];
        }
        y[r * out + o] = sum;
      }
    }
    return y;
  }

  private static double[] layerNorm(double[] x, int width, double[] gain, double[] offset) {
    double[] y = new double[x.length];
    for (int r = 0; r < x.length / width; r++) {
      double mean = 0;
      double variance = 0;
      for (int i = 0; i < width; i++) {
        mean += x[r * width + i] / width;
      }
      for (int i = 0; i < width; i++) {
        variance += Math.pow(x[r * width + i] - mean, 2) / width;
      }
      for (int i = 0; i < width; i++) {
        y[r * width + i] =
            (x[r * width + i] - mean) / Math.sqrt(variance + EPS) * gain[i] + offset[i];
      }
    }
    return y;
  }

  /** Bilinear, align_corners false: the centre of pixel i is at (i + ½)·from/to - ½. */
  private static double[] resize(double[] map, int from, int to) {
    double[] result = new double[to * to];
    for (int i = 0; i < to; i++) {
      double y = Math.max(0, (i + 0.5) * from / to - 0.5);
      int y0 = (int) y;
      int y1 = Math.min(y0 + 1, from - 1);
      for (int j = 0; j < to; j++) {
        double x = Math.max(0, (j + 0.5) * from / to - 0.5);
        int x0 = (int) x;
        int x1 = Math.min(x0 + 1, from - 1);
        double top = map[y0 * from + x0] * (1 - (x - x0)) + map[y0 * from + x1] * (x - x0);
        double low = map[y1 * from + x0] * (1 - (x - x0)) + map[y1 * from + x1] * (x - x0);
        result[i * to + j] = top * (1 - (y - y0)) + low * (y - y0);
      }
    }
    return result;
  }
}
