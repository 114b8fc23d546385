package io.peft4j.baselines.hypernet;

import io.peft4j.api.backbone.Param.Kind;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Ops;
import io.peft4j.baselines.bottleneck.AdapterWeights;
import io.peft4j.baselines.bottleneck.GeneratedStart;
import io.peft4j.baselines.bottleneck.NormPlace;
import io.peft4j.baselines.bottleneck.OwnWeights.Maker;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * Generates the weights of an adapter from z, each by a linear layer of its own (Karimi Mahabadi et
 * al. 2021, eq. 3 and 4): {@code vec W = G z + g}. Where there is a layer norm, gain and offset are
 * generated too.
 *
 * @param channels C
 * @param width d
 * @param down how {@code W_d [d, C]} is generated
 * @param up how {@code W_u [C, d]} is generated
 * @param norm where the layer norm stands
 * @param projected P, length of z
 */
public record AdapterGenerator(
    int channels, int width, MatrixCode down, MatrixCode up, NormPlace norm, int projected) {
  /** Every entry of a weight is generated. */
  public static AdapterGenerator full(int channels, int width, NormPlace norm, int projected) {
    return new AdapterGenerator(
        channels,
        width,
        MatrixCode.full(width, channels),
        MatrixCode.full(channels, width),
        norm,
        projected);
  }

  /**
   * Two factors of each weight are generated.
   *
   * @param rank rank, or {@code -k} for a k-th of the bottleneck's width, at least 1
   * @throws io.peft4j.api.InputException if the rank is larger than the bottleneck
   */
  public static AdapterGenerator lowRank(
      int channels, int width, NormPlace norm, int projected, int rank) {
    return new AdapterGenerator(
        channels,
        width,
        MatrixCode.lowRank(width, channels, rank),
        MatrixCode.lowRank(channels, width, rank),
        norm,
        projected);
  }

  /**
   * Weights of s adapters.
   *
   * @param down {@code [s, d, C]}
   * @param downBias {@code [s, d]}
   * @param up {@code [s, C, d]}
   * @param upBias {@code [s, C]}
   * @param norm gains and offsets {@code [s, C]}
   */
  public record Generated(
      SDVariable down,
      SDVariable downBias,
      SDVariable up,
      SDVariable upBias,
      Optional<AdapterWeights.Norm> norm) {
    /** The only adapter, of a z of one row. */
    public AdapterWeights single(int channels, int width) {
      return new AdapterWeights(
          down.reshape(width, channels),
          downBias.reshape(width),
          up.reshape(channels, width),
          upBias.reshape(channels),
          norm.map(
              n ->
                  new AdapterWeights.Norm(
                      n.gain().reshape(channels), n.offset().reshape(channels))));
    }
  }

  /** {@code (P + 1)} times the length of all that is generated. */
  public long numbers() {
    long norms = norm == NormPlace.NONE ? 0 : 2L * channels;
    return (projected + 1L) * (down.length() + up.length() + width + channels + norms);
  }

  /**
   * Generates from each row of {@code z [s, P]}.
   *
   * @param maker makes the parameters, named {@code hypernet.…}
   * @param start the paper's, or generators of the branch's last factor that give zero
   */
  public Generated generate(Ops ops, Maker maker, SDVariable z, int s, GeneratedStart start) {
    boolean identity = start == GeneratedStart.IDENTITY;
    boolean zeroBranch = identity && norm != NormPlace.POST;
    boolean zeroNorm = identity && norm == NormPlace.POST;
    Init paper = Init.normal(HyperNet.STD);
    Layer layer = new Layer(ops, maker, z, projected);
    return new Generated(
        down.matrices(ops, layer.vectors("down.weight", down.length(), paper), s),
        layer.vectors("down.bias", width, paper),
        up.matrices(
            ops, layer.vectors("up.weight", up.length(), zeroBranch ? up.zeroStart() : paper), s),
        layer.vectors("up.bias", channels, zeroBranch ? Init.zeros() : paper),
        norm == NormPlace.NONE
            ? Optional.empty()
            : Optional.of(
                new AdapterWeights.Norm(
                    layer.vectors("norm.weight", channels, zeroNorm ? Init.zeros() : paper),
                    layer.vectors("norm.bias", channels, zeroNorm ? Init.zeros() : paper))));
  }

  /** Linear layers that read z. */
  private record Layer(Ops ops, Maker maker, SDVariable z, int projected) {
    SDVariable vectors(String local, int length, Init init) {
      String name = "hypernet." + local;
      SDVariable weight = maker.param(name + ".weight", Kind.WEIGHT, init, length, projected);
      SDVariable bias = maker.param(name + ".bias", Kind.BIAS, Init.zeros(), length);
      return ops.linear(z, weight, bias);
    }
  }
}
