package io.peft4j.baselines.attention;

import io.peft4j.api.backbone.AttentionSite;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * How values of an attention product lie: by window {@code [batch·windows, heads, N, width]}, as
 * the backbone has them, or so that extra rows meet all windows in one product.
 *
 * @param site the product
 * @param perImage whether images have extra rows of their own: by image and head {@code [batch,
 *     heads, windows·N, width]}, otherwise by head {@code [heads, batch·windows·N, width]}
 */
public record HeadLayout(AttentionSite site, boolean perImage) {

  /** From by-window to this layout; {@code rows} of a window are queries or keys. */
  public SDVariable gather(SDVariable x, int rows, int width) {
    int heads = site.heads();
    if (!perImage) {
      return x.permute(1, 0, 2, 3).reshape(heads, -1, width);
    }
    int windows = site.windows();
    return x.reshape(-1, windows, heads, rows, width)
        .permute(0, 2, 1, 3, 4)
        .reshape(-1, heads, (long) windows * rows, width);
  }

  /** The way back of {@link #gather}. */
  public SDVariable scatter(SDVariable x, int rows, int width) {
    int heads = site.heads();
    if (!perImage) {
      return x.reshape(heads, -1, rows, width).permute(1, 0, 2, 3);
    }
    return x.reshape(-1, heads, site.windows(), rows, width)
        .permute(0, 2, 1, 3, 4)
        .reshape(-1, heads, rows, width);
  }

  /** Rows {@code [.., C]} of extra tokens by head, {@code [heads, count, d]}, and by image. */
  public SDVariable heads(SDVariable rows, int count) {
    int heads = site.heads();
    int d = site.headDim();
    return perImage
        ? rows.reshape(-1, count, heads, d).permute(0, 2, 1, 3)
        : rows.reshape(count, heads, d).permute(1, 0, 2);
  }
}
