package io.peft4j.backbones.build;

import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import java.util.function.Function;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * What blocks of all families have around their attention: norms, drop-path, residual sums, MLP and
 * taps, on token rows {@code [B·rows, width]}.
 */
public final class BlockParts {
  private final ModuleWriter writer;
  private final String path;
  private final Function<String, Place> places;
  private final int rows;
  private final int width;
  private final double dropPath;

  /**
   * Parts of one block.
   *
   * @param path path of the block
   * @param places its place for a role
   * @param rows token rows per image
   * @param width channels per token
   * @param dropPath drop-path rate of both branches
   */
  public BlockParts(
      ModuleWriter writer,
      String path,
      Function<String, Place> places,
      int rows,
      int width,
      double dropPath) {
    this.writer = writer;
    this.path = path;
    this.places = places;
    this.rows = rows;
    this.width = width;
    this.dropPath = dropPath;
  }

  /** The norm before the attention. */
  public SDVariable norm1(SDVariable x) {
    return writer.norm(path + ".norm1", places.apply(Role.NORM1), x, rows);
  }

  /**
   * What follows the attention: tap, drop-path and residual sum, then the MLP with its own.
   *
   * @param x input of the block
   * @param attended output of the attention
   * @param isPlaced whether a linear site has placed {@code attended} already
   * @return output of the block, named after it
   */
  public SDVariable finish(SDVariable x, SDVariable attended, boolean isPlaced) {
    tap(path + ".attn.out", Role.ATTN_OUT, attended, isPlaced);
    SDVariable dropped = writer.dropPath(path + ".attn.drop_path", attended, dropPath, rows, width);
    SDVariable residual = writer.name(path + ".residual", x.add(dropped));
    tap(path + ".residual", Role.RESIDUAL, residual, false);

    SDVariable mlp = mlp(residual);
    tap(path + ".mlp.out", Role.MLP_OUT, mlp, true);
    SDVariable droppedMlp = writer.dropPath(path + ".mlp.drop_path", mlp, dropPath, rows, width);
    SDVariable out = writer.name(path, residual.add(droppedMlp));
    tap(path + ".out", Role.BLOCK_OUT, out, false);
    return out;
  }

  private SDVariable mlp(SDVariable residual) {
    SDVariable normed = writer.norm(path + ".norm2", places.apply(Role.NORM2), residual, rows);
    SDVariable hidden = writer.linear(path + ".mlp.fc1", places.apply(Role.MLP_FC1), normed, rows);
    SDVariable active = writer.name(path + ".mlp.act", writer.ops().gelu(hidden));
    writer.place(active, places.apply(Role.MLP_ACT));
    return writer.linear(path + ".mlp.fc2", places.apply(Role.MLP_FC2), active, rows);
  }

  private void tap(String tapPath, String role, SDVariable value, boolean isPlaced) {
    writer.tap(tapPath, places.apply(role), value, width, rows, isPlaced);
  }
}
