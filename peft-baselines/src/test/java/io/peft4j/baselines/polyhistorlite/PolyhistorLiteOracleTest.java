package io.peft4j.baselines.polyhistorlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.baselines.bottleneck.BlockOracle;
import io.peft4j.baselines.bottleneck.Loops;
import io.peft4j.baselines.bottleneck.NormPlace;
import io.peft4j.baselines.bottleneck.Params;
import io.peft4j.baselines.bottleneck.PlainAdapter.PlainWeights;
import io.peft4j.baselines.bottleneck.ToyBlocks;
import io.peft4j.baselines.hypernet.PlainHyper;
import io.peft4j.baselines.oracle.Dense;
import io.peft4j.graph.PeftModel;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Polyhistor-Lite computes the equations of its paper, written out in plain Java. */
class PolyhistorLiteOracleTest {
  /** Once and four times the narrowest width, so that one block has kernels and one has none. */
  private static final ToyBlocks BLOCKS = ToyBlocks.of(4, 16);

  private static final String SMALL = " taskEmbedding=3 hidden=5 projected=4";

  @ParameterizedTest
  @CsvSource({
    "reduction=2, 1",
    "reduction=2 norm=pre rank=2 kernelFirst=false, 2",
    "reduction=1 norm=none rank=-2 insertion=parallel, 2",
    "reduction=4 positions=attention|mlp norm=pre, 1",
  })
  void equalsThePlainAdapter(String options, int rank) {
    PeftModel model =
        BlockOracle.trained(
            BlockOracle.adapt(BLOCKS, "polyhistor-lite", options.replace('|', ',') + SMALL));
    PolyhistorLiteConfig config = (PolyhistorLiteConfig) model.config();
    new BlockOracle(
            BLOCKS,
            model,
            config.adapters().bottleneck(),
            (site, stage, width, task, params) ->
                new Plain(config, rank, params, "layers." + stage + ".blocks.0", width / 4)
                    .weights(site, task))
        .check();
  }

  /** One block with s = {@code scale}. */
  private record Plain(
      PolyhistorLiteConfig config, int rank, Params params, String block, int scale) {
    private static final int TEMPLATE = 4;

    PlainWeights weights(String site, String task) {
      int d = TEMPLATE / config.adapters().bottleneck().reduction();
      double[][] layers = params.matrix(block + ".layer_embedding");
      double[][] z = new double[scale][];
      for (int j = 0; j < scale; j++) {
        double[] e = params.vector("task_embedding." + task);
        z[j] =
            config.adapters().bottleneck().positions().size() == 1
                ? PlainHyper.z(params, "hypernet.", e, layers[j])
                : PlainHyper.z(params, "hypernet.", e, layers[j], position(site));
      }
      return new PlainWeights(
          matrix(z, "down.weight", d, TEMPLATE),
          vector(z, "down.bias", "bias_kernel"),
          matrix(z, "up.weight", TEMPLATE, d),
          vector(z, "up.bias", "bias_kernel"),
          config.adapters().bottleneck().norm() == NormPlace.NONE
              ? Optional.empty()
              : Optional.of(
                  new double[][] {
                    vector(z, "norm.weight", "norm_kernel"), vector(z, "norm.bias", "norm_kernel")
                  }));
    }

    private double[] position(String site) {
      String name = site.endsWith(".mlp.out") ? "mlp" : "attention";
      return params.vector("position_embedding." + name);
    }

    private double[][] matrix(double[][] z, String local, int rows, int columns) {
      double[][][] templates = new double[scale][][];
      Arrays.setAll(
          templates,
          j ->
              PlainHyper.matrix(
                  PlainHyper.affine(params, "hypernet." + local, z[j]), rows, columns, rank));
      return scale == 1 ? templates[0] : sum(kernel("scale_kernel"), templates);
    }

    private double[] vector(double[][] z, String local, String kernel) {
      double[][][] templates = new double[scale][][];
      Arrays.setAll(
          templates,
          j ->
              Dense.transposed(
                  new double[][] {PlainHyper.affine(params, "hypernet." + local, z[j])}));
      double[][] column = scale == 1 ? templates[0] : sum(kernel(kernel), templates);
      return Dense.transposed(column)[0];
    }

    private double[][][] kernel(String name) {
      return params.matrices(block + "." + name);
    }

    private double[][] sum(double[][][] kernel, double[][][] templates) {
      double[][] sum =
          new double[kernel[0].length * templates[0].length]
              [kernel[0][0].length * templates[0][0].length];
      for (int j = 0; j < scale; j++) {
        if (config.kernelFirst()) {
          Loops.addKronecker(sum, kernel[j], templates[j]);
        } else {
          Loops.addKronecker(sum, templates[j], kernel[j]);
        }
      }
      return sum;
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "4,6; ''; toy-blocks: the 6 channels of site layers.1.blocks.0.mlp.out are no multiple of 4",
        "4,12; ''; are 3 times 4, those of the narrowest block, and scales [1, 2, 4, 8]",
        "4,8; reduction=3; reduction 3 must divide 4",
        "4,8; reduction=2 rank=3; rank 3 is larger than generated weights of 2 by 4 allow",
      })
  void whatDoesNotFitIsRefused(String widths, String options, String message) {
    Integer[] stages =
        Arrays.stream(widths.split(",")).map(Integer::valueOf).toArray(Integer[]::new);
    ToyBlocks blocks = ToyBlocks.of(stages);
    InputException error =
        assertThrows(
            InputException.class, () -> BlockOracle.adapt(blocks, "polyhistor-lite", options));
    assertTrue(error.getMessage().contains(message), error.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"1", "3"})
  void otherScalesCanBeAskedFor(int scale) {
    PeftModel model =
        BlockOracle.adapt(
            ToyBlocks.of(4, 4 * scale), "polyhistor-lite", "scales=1," + scale + SMALL);
    long kernels = scale == 1 ? 0 : scale * scale * (scale + 2);
    // T·E, hypernet, generators of 4 channels with d = 2 and r = 1, layer embeddings, kernels
    long expected =
        2 * 3 + (7 * 5 + 6 * 4 + 8) + 5 * (2 * 6 + 2 + 4 + 8) + 3 * (1 + scale) + kernels;
    assertEquals(expected, model.rewrite().declaredParameters().orElseThrow());
  }
}
