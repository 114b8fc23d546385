package io.peft4j.adapters;

import com.google.common.collect.ImmutableList;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What an adapter knows of the backbone that it was trained on.
 *
 * @param id name of the architecture
 * @param hash hash of the frozen weights, position tables left out, which depend on the image size;
 *     empty if it is not known
 * @param stages blocks and width of every stage; empty if it is not known
 */
public record BackboneMark(String id, String hash, List<Stage> stages) {
  private static final int HASH_DIGITS = 32;
  private static final int DIGITS_SHOWN = 8;

  /**
   * A stage.
   *
   * @param blocks number of blocks
   * @param width width of the tokens in its blocks
   */
  public record Stage(int blocks, int width) {
    @Override
    public String toString() {
      return blocks + " of width " + width;
    }
  }

  /** Copies the stages. */
  public BackboneMark {
    stages = ImmutableList.copyOf(stages);
  }

  /** The mark of a backbone; without a hash if it has no weights. */
  public static BackboneMark of(Backbone backbone) {
    return new BackboneMark(backbone.id(), hash(backbone), stages(backbone));
  }

  /** Names and values of the parameters, in this order, by SHA-256. */
  private static String hash(Backbone backbone) {
    if (!backbone.hasWeights()) {
      return "";
    }
    Hasher hasher = Hashing.sha256().newHasher();
    for (Param param : backbone.params()) {
      if (param.kind() == Param.Kind.POSITION_BIAS) {
        continue;
      }
      hasher.putString(param.path(), StandardCharsets.UTF_8);
      for (float value : rowMajor(backbone.graph().getArrForVarName(param.path()))) {
        hasher.putFloat(value);
      }
    }
    return hasher.hash().toString().substring(0, HASH_DIGITS);
  }

  /** The elements in one order, whichever the array has: how it was made must not count. */
  private static float[] rowMajor(INDArray array) {
    boolean isRowMajor = array.ordering() == 'c' && !array.isView();
    return (isRowMajor ? array : array.dup('c')).data().asFloat();
  }

  private static List<Stage> stages(Backbone backbone) {
    TreeMap<Integer, Stage> stages = new TreeMap<>();
    for (LinearSite site : backbone.linearSites()) {
      if (site.place().block() >= 0) {
        // The first layer of a block reads its tokens.
        stages.putIfAbsent(site.place().stage(), new Stage(site.place().depth(), site.in()));
      }
    }
    return List.copyOf(stages.values());
  }

  /**
   * Refuses an adapter of this backbone on another one; what is not known is not compared.
   *
   * @throws InputException naming both architectures, stage layouts or weights
   */
  public void requireSame(BackboneMark other) {
    if (!stages.isEmpty() && !other.stages.isEmpty() && !stages.equals(other.stages)) {
      throw new InputException(
          "the adapter is for %s, whose stages are %s, not for %s, whose stages are %s"
              .formatted(id, text(stages), other.id, text(other.stages)));
    }
    if (!id.isEmpty() && !id.equals(other.id)) {
      throw new InputException("the adapter is for %s, not for %s".formatted(id, other.id));
    }
    if (!hash.isEmpty() && !other.hash.isEmpty() && !hash.equals(other.hash)) {
      throw new InputException(
          "the adapter was trained on other weights of %s: their hash is %s, that of the given ones %s"
              .formatted(id, shown(hash), shown(other.hash)));
    }
  }

  private static String text(List<Stage> stages) {
    return stages.stream().map(Stage::toString).collect(Collectors.joining(", "));
  }

  private static String shown(String hash) {
    return hash.length() <= DIGITS_SHOWN ? hash : hash.substring(0, DIGITS_SHOWN);
  }
}
