package io.peft4j.baselines.oracle;

import io.peft4j.api.backbone.AttentionSite;
import io.peft4j.api.routing.Stream;
import java.util.Arrays;
import java.util.function.IntFunction;

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
    return with(image -> extraKeys, image -> extraValues);
  }

  /** As {@link #with(double[][], double[][])}, each image with keys and values of its own. */
  public double[][] with(IntFunction<double[][]> extraKeys, IntFunction<double[][]> extraValues) {
    int n = site.windowTokens();
    int d = site.headDim();
    double[][] out = new double[windows() * n][site.heads() * d];
    for (int w = 0; w < windows(); w++) {
      int image = w / site.windows();
      for (int h = 0; h < site.heads(); h++) {
        double[][] scores = scores(queries(w, h), keys(w, h), ofHead(extraKeys.apply(image), h));
        for (int i = 0; i < n; i++) {
          for (int j = 0; j < keysOfWindow(); j++) {
            scores[i][j] += biasAt(h * n + i, j) + maskAt(w % site.windows() * n + i, j);
          }
        }
        double[][] all = Dense.stacked(values(w, h), ofHead(extraValues.apply(image), h));
        double[][] context = Dense.product(Dense.softmax(scores), all);
        for (int i = 0; i < n; i++) {
          System.arraycopy(context[i], 0, out[w * n + i], h * d, d);
        }
      }
    }
    return out;
  }

  /**
   * What queries beside the tokens find in the windows of an image and among themselves, without
   * bias and mask, averaged over the windows: {@code [p, C]}.
   */
  public double[][] found(int image, double[][] queries, double[][] keys, double[][] values) {
    int d = site.headDim();
    double[][] mean = new double[queries.length][site.heads() * d];
    for (int w = image * site.windows(); w < (image + 1) * site.windows(); w++) {
      for (int h = 0; h < site.heads(); h++) {
        double[][] scores = scores(ofHead(queries, h), keys(w, h), ofHead(keys, h));
        double[][] all = Dense.stacked(values(w, h), ofHead(values, h));
        double[][] context = Dense.product(Dense.softmax(scores), all);
        for (int i = 0; i < queries.length; i++) {
          for (int j = 0; j < d; j++) {
            mean[i][h * d + j] += context[i][j] / site.windows();
          }
        }
      }
    }
    return mean;
  }

  private double[][] scores(double[][] queries, double[][] keys, double[][] extraKeys) {
    double scale = 1 / Math.sqrt(site.headDim());
    double[][] all = Dense.transposed(Dense.stacked(keys, extraKeys));
    return Dense.map(Dense.product(queries, all), s -> s * scale);
  }

  private int windows() {
    return query.length / (site.heads() * site.windowTokens());
  }

  private int keysOfWindow() {
    return key.length / (site.heads() * windows());
  }

  private double[][] queries(int window, int head) {
    return part(query, window, head, site.windowTokens());
  }

  private double[][] keys(int window, int head) {
    return part(key, window, head, keysOfWindow());
  }

  private double[][] values(int window, int head) {
    return part(value, window, head, keysOfWindow());
  }

  private double[][] part(double[][] all, int window, int head, int rows) {
    int at = window * site.heads() + head;
    return Dense.rows(all, at * rows, (at + 1) * rows);
  }

  private double[][] ofHead(double[][] rows, int head) {
    return Dense.columns(rows, head * site.headDim(), (head + 1) * site.headDim());
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
