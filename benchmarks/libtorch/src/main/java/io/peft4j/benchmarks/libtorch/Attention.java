package io.peft4j.benchmarks.libtorch;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** How attention of windows is computed; which is faster depends on the processor and the work. */
enum Attention {
  /** Products and a softmax, as torchvision's Swin. */
  EXPLICIT {
    @Override
    Tensor apply(Tensor q, Tensor k, Tensor v, Tensor bias) {
      Tensor weights =
          Scopes.result(
              () -> {
                Scalar scale = new Scalar(1 / Math.sqrt(q.size(3)));
                Tensor logits = q.mul(scale).matmul(k.transpose(-2, -1));
                long n = q.size(2);
                Tensor moved = logits.view(-1, bias.size(0), q.size(1), n, n).add(bias);
                logits.close();
                return torch.softmax(moved, -1).view(-1, q.size(1), n, n);
              });
      return weights.matmul(v);
    }
  },

  /** PyTorch's fused operation. */
  FUSED {
    @Override
    Tensor apply(Tensor q, Tensor k, Tensor v, Tensor bias) {
      // One bias for each window of each image, since this operation repeats none.
      Tensor whole = bias.size(0) == 1 ? bias : bias.repeat(q.size(0) / bias.size(0), 1, 1, 1);
      return torch.scaled_dot_product_attention(
          q, k, v, new TensorOptional(whole), 0, false, new DoubleOptional(), false);
    }
  };

  /**
   * Attention of queries, keys and values {@code [windows, heads, tokens, width]}.
   *
   * @param bias what is added to the logits, {@code [1 or windows, heads, tokens, tokens]}
   * @return {@code [windows, heads, tokens, width]}
   */
  abstract Tensor apply(Tensor q, Tensor k, Tensor v, Tensor bias);

  /** Attention of rows of qkv; rows {@code [windows * tokens, width]}. */
  Tensor ofRows(Tensor qkv, long tokens, long heads, Tensor bias) {
    long width = qkv.size(1) / 3;
    TensorVector parts =
        qkv.view(-1, tokens, 3, heads, width / heads).permute(2, 0, 3, 1, 4).unbind(0);
    Tensor y = apply(parts.get(0), parts.get(1), parts.get(2), bias);
    return y.transpose(1, 2).reshape(-1, width);
  }
}
