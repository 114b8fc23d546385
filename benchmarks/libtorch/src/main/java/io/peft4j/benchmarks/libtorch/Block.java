package io.peft4j.benchmarks.libtorch;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** A block of Swin V1, on rows of tokens {@code [batch * height * width, channels]}. */
final class Block {
  /** The layers that adapters stand at. */
  record Layers(Layer qkv, Layer proj, Layer fc1, Layer fc2) {}

  private final Norm norm1;
  private final Norm norm2;
  private final Layers layers;
  private final Window window;

  /** Logits' biases by relative position, {@code [positions, heads]}. */
  private final Tensor table;

  private final Tensor positions;
  private final @Nullable Tensor mask;

  /** What the table gives if it is frozen; made once. */
  private final @Nullable Tensor frozenBias;

  Block(Norm norm1, Norm norm2, Layers layers, Window window, Tensor table) {
    this.norm1 = norm1;
    this.norm2 = norm2;
    this.layers = layers;
    this.window = window;
    this.table = table;
    this.positions = window.positions();
    this.mask = window.shift() > 0 ? window.mask().to(table.scalar_type()) : null;
    this.frozenBias = table.requires_grad() ? null : Scopes.result(this::bias);
  }

  Tensor apply(Tensor x, Attention attention) {
    Tensor attended = x.add(Scopes.result(() -> attended(x, attention)));
    return attended.add(Scopes.result(() -> mixed(attended)));
  }

  private Tensor attended(Tensor x, Attention attention) {
    Tensor bias = frozenBias == null ? bias() : frozenBias;
    Tensor qkv =
        Scopes.result(() -> layers.qkv().apply(Scopes.result(() -> window.split(norm1.apply(x)))));
    Tensor y = Scopes.result(() -> attention.ofRows(qkv, window.tokens(), table.size(1), bias));
    qkv.close();
    return window.join(layers.proj().apply(y));
  }

  private Tensor mixed(Tensor x) {
    Tensor hidden = Scopes.result(() -> layers.fc1().apply(norm2.apply(x)));
    Tensor active = torch.gelu(hidden);
    hidden.close();
    return layers.fc2().apply(active);
  }

  /** {@code [1 or windows, heads, tokens, tokens]}. */
  private Tensor bias() {
    long n = window.tokens();
    Tensor bias =
        table.index_select(0, positions).view(n, n, -1).permute(2, 0, 1).contiguous().unsqueeze(0);
    return mask == null ? bias : bias.add(mask);
  }
}
