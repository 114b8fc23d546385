package io.peft4j.mtlora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.registry.MethodRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The reference's MTLoRALinear in all its modes: outputs and gradients, given its parameters. */
class MtloraGoldenTest {
  /** Expected values are float64 results rounded to float32. */
  private static final double TOLERANCE = 1e-6;

  private static final int TOKENS = 7;
  private static final int BATCH = 2;
  private static final List<String> TASKS = List.of("semseg", "normals", "sal");

  @ParameterizedTest
  @CsvSource({
    "matrix, reference, sharedx", "matrix, reference, taskx",
    "matrixv2, v2, sharedx", "matrixv2, v2, taskx",
    "addition, addition, sharedx", "addition, addition, taskx",
  })
  void mtloraLinear(String mode, String form, String input) {
    Golden golden = Golden.read("mtlora_linear");
    boolean ownInputs = input.equals("taskx");
    PeftModel model = golden.model(Map.of("form", form), TASKS, ownInputs, List.of(""));
    golden.checkOutputs(model, TASKS, mode + "/" + input + "/out/");
    golden.checkGradients(model, TASKS, mode + "/" + input + "/grad/", List.of(""));
  }

  /** Without tasks, where the reference trains the scale; ours follows from B's: dL/ds = B·dB/s. */
  @Test
  void mtloraLinearWithoutTasks() {
    Golden golden = Golden.read("mtlora_linear");
    PeftModel model = golden.model(Map.of(), List.of(), false, List.of(""));
    golden.checkOutputs(model, List.of(), "notasks/out/");
    golden.checkGradients(model, List.of(), "notasks/grad/", List.of(""));
    INDArray b = golden.get("param/lora_shared_B");
    double scaleGradient =
        b.mul(golden.get("notasks/grad/lora_shared_B")).sumNumber().doubleValue();
    double expected = golden.get("notasks/grad/lora_shared_scale").getDouble(0);
    assertEquals(expected, scaleGradient / 1.5, 1e-5 * Math.abs(expected));
  }

  /**
   * The paper's equation 2: W sees the task's input; both forms are the same where there is one.
   */
  @Test
  void thePapersEquation() {
    Golden golden = Golden.read("mtlora_linear");
    PeftModel shared = golden.model(Map.of("form", "paper"), TASKS, false, List.of(""));
    golden.checkOutputs(shared, TASKS, "matrix/sharedx/out/");
    PeftModel own = golden.model(Map.of("form", "paper"), TASKS, true, List.of(""));
    Map<String, INDArray> outputs = golden.outputs(own, TASKS);
    INDArray w = golden.get("param/linear.weight");
    for (String task : TASKS) {
      INDArray moved = rows(golden.get("x_" + task).sub(golden.get("x"))).mmul(w.transpose());
      INDArray expected = rows(golden.get("matrix/taskx/out/" + task)).add(moved);
      assertClose(task, expected, rows(outputs.get(task)));
    }
  }

  @Test
  void mtloraQkvSplit() {
    Golden golden = Golden.read("mtlora_qkv_split");
    List<String> parts = List.of("q.", "k.", "v.");
    PeftModel model = golden.model(Map.of("splitQkv", "true"), TASKS, true, parts);
    golden.checkOutputs(model, TASKS, "out/");
    golden.checkGradients(model, TASKS, "grad/", parts);
  }

  private record Golden(Map<String, INDArray> tensors) {
    static Golden read(String name) {
      return new Golden(
          Safetensors.read(Path.of(System.getProperty("peft.fixtures"), name + ".safetensors")));
    }

    INDArray get(String name) {
      return tensors.get(name).castTo(DataType.DOUBLE);
    }

    /** The layer with the fixture's parameters; those of several parts one below the other. */
    PeftModel model(
        Map<String, String> options, List<String> tasks, boolean ownInputs, List<String> parts) {
      Map<String, String> all = new HashMap<>(options);
      all.putAll(Map.of("sharedRank", "6", "scale", "1.5", "dropout", "0"));
      all.put("rankPerTask", "semseg=4,normals=3,sal=2");
      all.put("scalePerTask", "semseg=0.5,normals=1.25,sal=2.0");
      MtloraConfig config = (MtloraConfig) MethodRegistry.discover().get("mtlora").configure(all);
      PeftModel model =
          new LayerUnderTest(config, tasks, ownInputs)
              .adapt(
                  stacked("param/", parts, "linear.weight"),
                  stacked("param/", parts, "linear.bias"),
                  TOKENS);
      model.arrays().forEach((name, a) -> a.assign(stacked("param/", parts, fixtureName(name))));
      return model;
    }

    Map<String, INDArray> outputs(PeftModel model, List<String> tasks) {
      Map<String, INDArray> outputs = new HashMap<>();
      model.features(image(tasks)).forEach((task, f) -> outputs.put(task, f.get(0)));
      return outputs;
    }

    void checkOutputs(PeftModel model, List<String> tasks, String prefix) {
      Map<String, INDArray> outputs = outputs(model, tasks);
      assertEquals(1 + tasks.size(), outputs.size());
      outputs.forEach((task, value) -> assertClose(task, get(prefix + fixtureTask(task)), value));
    }

    void checkGradients(PeftModel model, List<String> tasks, String prefix, List<String> parts) {
      SameDiff sd = model.target().graph();
      List<SDVariable> losses = new ArrayList<>();
      model
          .emission()
          .features()
          .forEach(
              (task, features) -> {
                INDArray cotangent = get("cotangent/" + fixtureTask(task));
                SDVariable weights = sd.constant("cotangent." + task, cotangent);
                losses.add(sd.getVariable(features.get(0).name()).mul(weights).sum());
              });
      sd.setLossVariables(losses.stream().reduce(SDVariable::add).orElseThrow().name());
      // otherwise SameDiff computes no gradient of a placeholder
      sd.createGradFunction(LayerUnderTest.IMAGE);
      List<String> names = new ArrayList<>(model.arrays().keySet());
      names.add(LayerUnderTest.IMAGE);
      Map<String, INDArray> inputs = new HashMap<>(model.noiseOff(BATCH));
      inputs.put(LayerUnderTest.IMAGE, image(tasks));
      Map<String, INDArray> found = sd.calculateGradients(inputs, names);
      INDArray image = found.remove(LayerUnderTest.IMAGE);
      assertClose("x", get(prefix + "x"), image.slice(0, 1));
      for (int i = 0; i < tasks.size(); i++) {
        String name = prefix + "x_" + tasks.get(i);
        if (tensors.containsKey(name)) {
          assertClose(name, get(name), image.slice(i + 1, 1));
        }
      }
      assertFalse(found.isEmpty());
      found.forEach(
          (name, gradient) -> {
            String first = prefix + parts.get(0) + fixtureName(name);
            // the fixture of three parts leaves out the frozen weights
            if (tensors.containsKey(first) || !name.matches("linear\\.(weight|bias)")) {
              assertClose(name, stacked(prefix, parts, fixtureName(name)), gradient);
            }
          });
    }

    private INDArray stacked(String prefix, List<String> parts, String name) {
      return Nd4j.concat(
          0, parts.stream().map(p -> get(prefix + p + name)).toArray(INDArray[]::new));
    }

    private INDArray image(List<String> tasks) {
      List<INDArray> inputs = new ArrayList<>(List.of(get("x")));
      tasks.forEach(task -> inputs.add(get("x_" + task)));
      return LayerUnderTest.image(inputs);
    }

    private static String fixtureTask(String task) {
      return task.equals(LayerUnderTest.JOINT) ? "shared" : task;
    }

    private static String fixtureName(String name) {
      return name.startsWith("linear.lora_") ? name.substring("linear.".length()) : name;
    }
  }

  private static INDArray rows(INDArray tokens) {
    return tokens.reshape((long) BATCH * TOKENS, tokens.size(2));
  }

  private static void assertClose(String what, INDArray expected, INDArray actual) {
    double largest = expected.norm2Number().doubleValue() / Math.sqrt(expected.length());
    double error = expected.sub(actual).amaxNumber().doubleValue();
    assertEquals(0, error / largest, TOLERANCE, what);
  }
}
