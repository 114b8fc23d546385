package io.peft4j.lora;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.graph.PeftModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The reference's LoRALinear and LoRAQKVLinear: outputs and gradients, given its parameters. */
class LoraGoldenTest {
  /** Expected values are float64 results rounded to float32. */
  private static final double TOLERANCE = 1e-6;

  private static final int TOKENS = 7;

  @Test
  void loraLinear() {
    new Golden("lora_linear", "lora/").check("rank=4 alpha=8 bias=all");
  }

  @Test
  void loraQkvLinear() {
    new Golden("lora_qkv_linear", "").check("rank=4 alpha=8 qkvParts=q,v");
  }

  private record Golden(Map<String, INDArray> tensors, String prefix) {
    Golden(String name, String prefix) {
      this(
          Safetensors.read(Path.of(System.getProperty("peft.fixtures"), name + ".safetensors")),
          prefix);
    }

    void check(String options) {
      OneLayer layer = OneLayer.of(get("param/linear.weight"), get("param/linear.bias"), TOKENS);
      PeftModel model = layer.lora(options, OneLayer.TASK);
      model.arrays().get("linear.lora_A").assign(get("param/lora_A"));
      model.arrays().get("linear.lora_B").assign(get("param/lora_B"));
      INDArray x = get("x").reshape(2L * TOKENS, get("x").size(2));
      INDArray expected = get("out").reshape(2L * TOKENS, get("out").size(2));
      assertClose("out", expected, OneLayer.rows(model, x, "sal"));
      gradients(model, x).forEach((name, value) -> assertClose(name, get("grad/" + name), value));
      if (tensors.containsKey(prefix + "merged_weight")) {
        INDArray merged = OneLayer.rows(model.merge(), x, "sal");
        assertClose("merged", expected, merged);
        INDArray w = get("merged_weight");
        INDArray bias = get("param/linear.bias");
        assertClose("merged weight", x.mmul(w.transpose()).addRowVector(bias), merged);
      }
    }

    private Map<String, INDArray> gradients(PeftModel model, INDArray x) {
      SameDiff sd = model.target().graph();
      SDVariable out = sd.getVariable(model.features("sal").get(0).name());
      SDVariable loss = out.mul(sd.constant("cotangent", get("cotangent"))).sum();
      sd.setLossVariables(loss.name());
      Map<String, INDArray> inputs = new HashMap<>(model.noiseOff(2));
      inputs.put(OneLayer.IMAGE, x.reshape(2, 1, TOKENS, x.size(1)));
      List<String> names = new ArrayList<>(model.arrays().keySet());
      names.add(OneLayer.IMAGE);
      // otherwise SameDiff computes no gradient of a placeholder
      sd.createGradFunction(OneLayer.IMAGE);
      Map<String, INDArray> found = sd.calculateGradients(inputs, names);
      assertEquals(names.size(), found.size());
      Map<String, INDArray> byFixtureName = new HashMap<>();
      found.forEach((name, gradient) -> byFixtureName.put(fixtureName(name), gradient));
      byFixtureName.computeIfPresent("x", (name, g) -> g.reshape(get("x").shape()));
      return byFixtureName;
    }

    private static String fixtureName(String name) {
      if (name.equals(OneLayer.IMAGE)) {
        return "x";
      }
      return name.startsWith("linear.lora_") ? name.substring("linear.".length()) : name;
    }

    private INDArray get(String name) {
      return tensors.get(prefix + name).castTo(DataType.DOUBLE);
    }

    private static void assertClose(String what, INDArray expected, INDArray actual) {
      double largest = expected.norm2Number().doubleValue() / Math.sqrt(expected.length());
      double error = expected.sub(actual).amaxNumber().doubleValue();
      assertEquals(0, error / largest, TOLERANCE, what);
    }
  }
}
