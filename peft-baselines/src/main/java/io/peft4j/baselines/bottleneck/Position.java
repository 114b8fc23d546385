package io.peft4j.baselines.bottleneck;

import io.peft4j.api.backbone.Role;

/** The sub-layer of a block that gets an adapter. */
public enum Position {
  /** The attention. */
  ATTENTION(Role.ATTN_OUT, Role.RESIDUAL, ".residual"),
  /** The MLP. */
  MLP(Role.MLP_OUT, Role.BLOCK_OUT, ".out");

  private final String output;
  private final String sum;
  private final String sumPath;

  Position(String output, String sum, String sumPath) {
    this.output = output;
    this.sum = sum;
    this.sumPath = sumPath;
  }

  /** Role of the tap that an adapter changes. */
  String role(Insertion insertion) {
    return insertion == Insertion.SERIAL ? output : sum;
  }

  /** How the path of that tap ends, after that of the block. */
  String pathEnd(Insertion insertion) {
    return insertion == Insertion.SERIAL ? "." + output : sumPath;
  }
}
