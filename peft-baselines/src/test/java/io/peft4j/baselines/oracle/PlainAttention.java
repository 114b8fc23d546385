package io.peft4j.baselines.oracle;

import io.peft4j.api.backbone.AttentionSite;
import io.peft4j.api.routing.Stream;
import java.util.Arrays;

/** The attention product of a site, window by window and head by head, with keys beside its own. */
public final class PlainAttention {
  private final AttentionSite site;
  private final double[][] query;
  private final double[][] key;
  private final double[][] value;
  private final double[][] bias;
  private final double[][] mask;

  /** Reads what enters the product: arrays {@code [batch·windows, heads, rows, d]}. */
  public PlainAttention(SiteOracle oracle, AttentionSite site, Stream stream) {
    this.site = site;
    this.query = oracle.rows(site.query(), stream);
    this.key = oracle.rows(site.key(), stream);
    this.value = oracle.rows(site.value(), stream);
    this.bias = site.positionBias().map(b -> oracle.rows(b, stream)).orElse(new double[0][]);
    this.mask = site.mask().map(m -> oracle.rows(m, stream)).orElse(new double[0][]);
  }

  /** Rows {@code [batch·rows, C]} of the product over its own keys and the given {@code [p, C]}. */
  public double[][] with(double[][] extraKeys, double[][] extraValues) {
    int n = site.windowTokens();
    int heads = site.heads();
    int d = site.headDim();
    int windows = query.length / (heads * n);
    int keys = key.length / (heads * windows);
    double[][] out = new double[windows * n][heads * d];
    for (int w = 0; w < windows; w++) {
      for (int h = 0; h < heads; h++) {
        int at = w * heads + h;
        double[][] q = Dense.rows(query, at * n, (at + 1) * n);
        double[][] k = Dense.rows(key, at * keys, (at + 1) * keys);
        double[][] v = Dense.rows(value, at * keys, (at + 1) * keys);
        double[][] allKeys = Dense.stacked(k, Dense.columns(extraKeys, h * d, (h + 1) * d));
        double[][] allValues = Dense.stacked(v, Dense.columns(extraValues, h * d, (h + 1) * d));
        double[][] scores =
            Dense.map(Dense.product(q, Dense.transposed(allKeys)), s -> s / Math.sqrt(d));
        for (int i = 0; i < n; i++) {
          for (int j = 0; j < keys; j++) {
            scores[i][j] += biasAt(h * n + i, j) + maskAt(w % site.windows() * n + i, j);
          }
        }
        double[][] context = Dense.product(Dense.softmax(scores), allValues);
        for (int i = 0; i < n; i++) {
          System.arraycopy(context[i], 0, out[w * n + i], h * d, d);
        }
      }
    }
    return out;
  }

  /** True if some window is masked, so that a test may say what it covers. */
  public boolean isMasked() {
    return Arrays.stream(mask).flatMapToDouble(Arrays::stream).anyMatch(m -> m != 0);
  }

  private double biasAt(int row, int column) {
    return bias.length == 0 ? 0 : bias[row][column];
  }

  private double maskAt(int row, int column) {
    return mask.length == 0 ? 0 : mask[row][column];
  }
}
