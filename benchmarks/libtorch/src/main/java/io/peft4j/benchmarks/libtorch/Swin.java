package io.peft4j.benchmarks.libtorch;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Swin V1 that classifies, its weights by the names of the public checkpoints. */
final class Swin {
  private static final long PATCH = 4;

  private final Function<String, Tensor> weights;
  private final Function<String, Layer> sites;
  private final List<List<Block>> stages = new ArrayList<>();
  private final long height;
  private final long width;

  /**
   * A model for images of one size; the windows' size is that of their tables.
   *
   * @param depths blocks of each stage
   * @param weights weights by name
   * @param sites linear layers of blocks by path, adapted or not
   */
  Swin(
      List<Integer> depths,
      long height,
      long width,
      Function<String, Tensor> weights,
      Function<String, Layer> sites) {
    this.weights = weights;
    this.sites = sites;
    this.height = height / PATCH;
    this.width = width / PATCH;
    for (int stage = 0; stage < depths.size(); stage++) {
      List<Block> blocks = new ArrayList<>();
      for (int block = 0; block < depths.get(stage); block++) {
        String path = "layers.%d.blocks.%d".formatted(stage, block);
        long edge = (Math.round(Math.sqrt(table(path).size(0))) + 1) / 2;
        blocks.add(
            block(
                path, Window.of(this.height >> stage, this.width >> stage, edge, block % 2 == 1)));
      }
      stages.add(blocks);
    }
  }

  /** Blocks of each stage, from names of weights. */
  static List<Integer> depths(Collection<String> names) {
    List<Integer> depths = new ArrayList<>();
    for (int stage = 0; ; stage++) {
      int blocks = 0;
      while (names.contains("layers.%d.blocks.%d.norm1.weight".formatted(stage, blocks))) {
        blocks++;
      }
      if (blocks == 0) {
        return depths;
      }
      depths.add(blocks);
    }
  }

  private Tensor table(String path) {
    return weights.apply(path + ".attn.relative_position_bias_table");
  }

  private Block block(String path, Window window) {
    return new Block(
        norm(path + ".norm1"),
        norm(path + ".norm2"),
        new Block.Layers(
            sites.apply(path + ".attn.qkv"),
            sites.apply(path + ".attn.proj"),
            sites.apply(path + ".mlp.fc1"),
            sites.apply(path + ".mlp.fc2")),
        window,
        table(path));
  }

  private Norm norm(String path) {
    return new Norm(weights.apply(path + ".weight"), weights.apply(path + ".bias"));
  }

  /** Logits {@code [batch, classes]} of images {@code [batch, 3, height, width]}. */
  Tensor logits(Tensor image, Attention attention) {
    long batch = image.size(0);
    Tensor x = Scopes.result(() -> patches(image));
    for (int stage = 0; stage < stages.size(); stage++) {
      for (Block block : stages.get(stage)) {
        Tensor before = x;
        x = Scopes.result(() -> block.apply(before, attention));
        before.close();
      }
      if (stage + 1 < stages.size()) {
        Tensor before = x;
        int from = stage;
        x = Scopes.result(() -> merged(before, from));
        before.close();
      }
    }
    Tensor last = x;
    return Scopes.result(
        () -> {
          Tensor rows = norm("norm").apply(last);
          Tensor pooled = rows.view(batch, -1, rows.size(1)).mean(1);
          return new Layer.Linear(weights.apply("head.weight"), weights.apply("head.bias"))
              .apply(pooled);
        });
  }

  private Tensor patches(Tensor image) {
    Tensor maps =
        torch.conv2d(
            image,
            weights.apply("patch_embed.proj.weight"),
            new TensorOptional(weights.apply("patch_embed.proj.bias")),
            new long[] {PATCH, PATCH},
            new long[] {0, 0},
            new long[] {1, 1},
            1);
    return norm("patch_embed.norm").apply(maps.permute(0, 2, 3, 1).reshape(-1, maps.size(1)));
  }

  /** Half as many rows and columns of tokens, twice as many channels. */
  private Tensor merged(Tensor rows, int stage) {
    long channels = rows.size(1);
    Tensor grid = rows.view(-1, height >> (stage + 1), 2, width >> (stage + 1), 2, channels);
    TensorVector parts = new TensorVector();
    for (int x = 0; x < 2; x++) {
      for (int y = 0; y < 2; y++) {
        parts.push_back(grid.select(4, x).select(2, y));
      }
    }
    String path = "layers.%d.downsample".formatted(stage);
    Tensor joined = torch.cat(parts, -1).view(-1, 4 * channels);
    return torch.linear(
        norm(path + ".norm").apply(joined), weights.apply(path + ".reduction.weight"));
  }
}
