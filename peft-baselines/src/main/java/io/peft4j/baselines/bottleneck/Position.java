package io.peft4j.baselines.bottleneck;

import io.peft4j.api.backbone.Role;

/** The sub-layer of a block that gets an adapter. */
public enum Position {
  /** The attention. */
  ATTENTION(Role.ATTN_OUT, Role.RESIDUAL),
  /** The MLP. */
  MLP(Role.MLP_OUT, Role.BLOCK_OUT);

  private final String output;
  private final String sum;

  Position(String output, String sum) {
    this.output = output;
    this.sum = sum;
  }

  /** Role of the tap that an adapter changes. */
  String role(Insertion insertion) {
    return insertion == Insertion.SERIAL ? output : sum;
  }
}
