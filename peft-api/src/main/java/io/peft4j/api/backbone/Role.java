package io.peft4j.api.backbone;

/**
 * The vocabulary of {@link Place#role()}: names of the field, shared by all backbone families.
 *
 * <p>A backbone may add roles of its own; these are the ones that methods know.
 *
 * <p>Safe for use by several threads.
 */
public final class Role {
  /** Fused query, key and value projection. */
  public static final String ATTN_QKV = "attn.qkv";

  /** Query projection alone. */
  public static final String ATTN_Q = "attn.q";

  /** Fused key and value projection. */
  public static final String ATTN_KV = "attn.kv";

  /** The attention product, before the output projection. */
  public static final String ATTN_CORE = "attn.core";

  /** Output projection of the attention. */
  public static final String ATTN_PROJ = "attn.proj";

  /** Output of the attention sub-layer before the residual sum. */
  public static final String ATTN_OUT = "attn.out";

  /** First layer of the MLP. */
  public static final String MLP_FC1 = "mlp.fc1";

  /** Second layer of the MLP. */
  public static final String MLP_FC2 = "mlp.fc2";

  /** Activation between the two layers of the MLP. */
  public static final String MLP_ACT = "mlp.act";

  /** Output of the MLP sub-layer before the residual sum. */
  public static final String MLP_OUT = "mlp.out";

  /** Norm before the attention. */
  public static final String NORM1 = "norm1";

  /** Norm before the MLP. */
  public static final String NORM2 = "norm2";

  /** Residual sum after the attention. */
  public static final String RESIDUAL = "residual";

  /** Output of a block: the residual sum after the MLP. */
  public static final String BLOCK_OUT = "block.out";

  /** Features handed to the decoders. */
  public static final String STAGE_OUT = "stage.out";

  /** Linear layer of the patch merging. */
  public static final String DOWNSAMPLE_REDUCTION = "downsample.reduction";

  /** Norm of the patch merging. */
  public static final String DOWNSAMPLE_NORM = "downsample.norm";

  /** Projection of the patch embedding. */
  public static final String PATCH_EMBED_PROJ = "patch_embed.proj";

  /** Norm of the patch embedding. */
  public static final String PATCH_EMBED_NORM = "patch_embed.norm";

  /** Sum of tokens and position embedding, where a class token comes in too. */
  public static final String POSITION_SUM = "position.sum";

  /** Convolution that shrinks the grid of keys and values; no part of {@code attn}. */
  public static final String SPATIAL_REDUCTION = "spatial_reduction.proj";

  /** Norm of the shrunk grid. */
  public static final String SPATIAL_REDUCTION_NORM = "spatial_reduction.norm";

  private Role() {}
}
