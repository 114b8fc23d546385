package io.peft4j.api.backbone;

/**
 * What computing one variable of a backbone costs, for one image.
 *
 * @param variable the variable
 * @param kind what is counted
 * @param macs multiply-accumulates; for norms and softmax the convention of the papers, see {@link
 *     Kind}
 */
public record Cost(String variable, Kind kind, long macs) {
  /** What a cost is for. */
  public enum Kind {
    /** Linear or convolution layer: rows × in × out. */
    LINEAR,
    /** Layer norm: 2 per element. */
    NORM,
    /** Attention softmax: 1 per element. */
    SOFTMAX,
    /** Batch norm: 4 per element. */
    BATCH_NORM,
    /** Products q kᵀ and p v, which the papers do not count. */
    ATTENTION_PRODUCT
  }
}
