package io.peft4j.backbones.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.backbones.weights.WeightSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A model of an original code: its architecture, weights, input, and what the code computes.
 *
 * @param <A> the architecture's family
 */
public record GoldenModel<A extends Architecture>(
    A architecture, Path weights, Map<String, INDArray> tensors) {
  private static final double LOSS_TOLERANCE = 1e-4;

  /**
   * Reads a fixture.
   *
   * @param architecture of the configuration under the field names of the original code
   */
  public static <A extends Architecture> GoldenModel<A> load(
      String name, Function<JsonNode, A> architecture) {
    JsonNode json = Golden.json(name + ".json");
    return new GoldenModel<>(
        architecture.apply(json.get("config")),
        Golden.file(json.get("weights").asText()),
        Safetensors.read(Golden.file(name + ".safetensors")));
  }

  /** Its weights and values for another architecture. */
  public GoldenModel<A> with(A other) {
    return new GoldenModel<>(other, weights, tensors);
  }

  /** The backbone with its weights. */
  public Backbone build(DataType type) {
    return architecture.build(WeightSource.file(weights), type);
  }

  /** The images. */
  public INDArray input(DataType type) {
    return tensor("input", type);
  }

  /** One of its values. */
  public INDArray tensor(String name, DataType type) {
    INDArray found = tensors.get(name);
    if (found == null) {
      throw new IllegalArgumentException("fixture has no " + name + ": " + tensors.keySet());
    }
    return found.castTo(type);
  }

  /** A map {@code [B, C, H, W]} as token rows {@code [B·H·W, C]}. */
  public INDArray rowsOfMap(String name, DataType type) {
    INDArray map = tensor(name, type);
    return map.permute(0, 2, 3, 1).dup('c').reshape('c', -1, map.size(1));
  }

  /** Tokens {@code [B, L, C]} as rows {@code [B·L, C]}. */
  public INDArray rowsOfTokens(String name, DataType type) {
    INDArray tokens = tensor(name, type);
    return tokens.reshape('c', -1, tokens.size(2));
  }

  /**
   * Asserts that the gradients are those of the original code, with respect to the image and all
   * parameters whose gradients it holds.
   *
   * @param count how many these are
   * @param cotangents by value of the graph: the loss is the sum of the products of both
   */
  public void assertGradients(
      int count, Map<String, INDArray> cotangents, DataType type, double tolerance) {
    List<String> wanted =
        tensors.keySet().stream()
            .filter(k -> k.startsWith("grad/"))
            .map(k -> k.substring("grad/".length()))
            .toList();
    assertEquals(count, wanted.size());
    Backbone backbone = build(type);
    String image = backbone.image().name();
    SameDiff sd = backbone.graph();
    // The graph is this call's own, so its constants may become variables.
    sd.convertToVariables(wanted.stream().filter(sd::hasVariable).map(sd::getVariable).toList());
    SDVariable loss = loss(sd, cotangents);
    sd.setLossVariables(loss);
    // Without this request SameDiff leaves out the gradient of a placeholder.
    sd.createGradFunction(image);

    List<String> variables = new ArrayList<>();
    wanted.forEach(w -> variables.add(w.equals("input") ? image : w));
    Map<String, INDArray> images = Map.of(image, input(type));
    Map<String, INDArray> gradients = sd.calculateGradients(images, variables);

    double lossError = Golden.error(tensor("out/loss", type), sd.outputSingle(images, loss.name()));
    assertTrue(lossError <= LOSS_TOLERANCE, "loss: error %.2e".formatted(lossError));
    for (int i = 0; i < wanted.size(); i++) {
      INDArray gradient = gradients.get(variables.get(i));
      assertNotNull(
          gradient, "no gradient for " + variables.get(i) + " among " + gradients.keySet());
      double error = Golden.error(tensor("grad/" + wanted.get(i), type), gradient);
      assertTrue(error <= tolerance, "%s: error %.2e".formatted(wanted.get(i), error));
    }
  }

  private static SDVariable loss(SameDiff sd, Map<String, INDArray> cotangents) {
    SDVariable loss = null;
    for (Map.Entry<String, INDArray> e : cotangents.entrySet()) {
      SDVariable cotangent = sd.constant("cotangent." + e.getKey(), e.getValue());
      SDVariable term = sd.getVariable(e.getKey()).mul(cotangent).sum();
      loss = loss == null ? term : loss.add(term);
    }
    return loss.rename("loss");
  }
}
