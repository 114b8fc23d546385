package io.peft4j.ditask;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peft4j.api.Shape;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.ImageInput;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.routing.Stream;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The reference's layer under both warps and both products: outputs of all streams, and gradients
 * by every θ and input. {@code sharedx}: tasks read the shared input; {@code taskx}: their own.
 */
class DitaskGoldenTest {
  private static final MethodDescriptor DITASK = MethodRegistry.discover().get("ditask");

  @ParameterizedTest
  @CsvSource({
    "ditask_linear, sharedx, 16,",
    "ditask_qkv, sharedx, 32,",
    "ditask_square, sharedx, 64,",
    "ditask_kv, sharedx, 16, 4 4 4",
    "ditask_kv, taskx, 16, 4 4 4",
    "ditask_linear_tasks, sharedx, 32, 4 8 16",
    "ditask_linear_tasks, taskx, 32, 4 8 16",
  })
  void theReferencesLayer(String fixture, String inputs, int sharedCells, String taskCells) {
    Map<String, Integer> tasks = new TreeMap<>();
    if (taskCells != null) {
      String[] cells = taskCells.split(" ");
      tasks.put("semseg", Integer.parseInt(cells[0]));
      tasks.put("normals", Integer.parseInt(cells[1]));
      tasks.put("sal", Integer.parseInt(cells[2]));
    }
    // a fixture of tasks with their own inputs has the released warp only
    boolean ownInputs = inputs.equals("taskx");
    for (String warp : ownInputs ? List.of("index") : List.of("index", "value")) {
      String prefix = warp + "_warp/" + inputs + "/";
      new Golden(fixture, prefix, "factored", DataType.DOUBLE)
          .check(warp, sharedCells, tasks, ownInputs);
      new Golden(fixture, prefix, "rebuilt", DataType.FLOAT)
          .check(warp, sharedCells, tasks, ownInputs);
    }
  }

  private record Golden(
      Map<String, INDArray> tensors, String prefix, String product, DataType type) {
    Golden(String fixture, String prefix, String product, DataType type) {
      this(
          Safetensors.read(Path.of(System.getProperty("peft.fixtures"), fixture + ".safetensors")),
          prefix,
          product,
          type);
    }

    void check(String warp, int sharedCells, Map<String, Integer> tasks, boolean ownInputs) {
      SameDiff sd = SameDiff.create();
      INDArray weight = get("W");
      SDVariable w = sd.constant("weight", weight);
      SDVariable b = sd.constant("bias", get("b"));
      Map<String, SDVariable> inputs = new TreeMap<>();
      inputs.put("shared", sd.var("x", rows("x")));
      tasks
          .keySet()
          .forEach(
              t -> inputs.put(t, ownInputs ? sd.var(t, rows("x_" + t)) : inputs.get("shared")));
      DitaskLayer layer = layer(sd, warp, weight, Map.of("warp", warp, "product", product));
      Map<String, SDVariable> outputs = new TreeMap<>();
      outputs.put("shared", layer.emitShared(emit(sd, Stream.SHARED, inputs, w, b), sharedCells));
      tasks.forEach(
          (t, cells) ->
              outputs.put(t, layer.emitForTask(emit(sd, Stream.of(t), inputs, w, b), cells)));

      SDVariable loss = null;
      for (Map.Entry<String, SDVariable> out : outputs.entrySet()) {
        String stream = out.getKey();
        close("out/" + stream, rows(prefix + "out/" + stream), out.getValue().eval());
        SDVariable part = out.getValue().mul(sd.constant(rows("cotangent_" + stream))).sum();
        loss = loss == null ? part : loss.add(part);
      }
      sd.setLossVariables(loss.name());
      List<String> names = new ArrayList<>();
      outputs.keySet().forEach(s -> names.add("theta." + s));
      inputs.values().stream().distinct().forEach(x -> names.add(x.name()));
      Map<String, INDArray> gradients = sd.calculateGradients(Map.of(), names);
      for (String stream : outputs.keySet()) {
        INDArray expected = get(prefix + "grad/theta_" + stream);
        close(
            "theta " + stream,
            expected,
            gradients.get("theta." + stream).reshape(expected.shape()));
      }
      close("x", rows(prefix + "grad/x"), gradients.get("x"));
      if (ownInputs) {
        tasks
            .keySet()
            .forEach(t -> close("x " + t, rows(prefix + "grad/x_" + t), gradients.get(t)));
      }
    }

    private FakeEmit emit(
        SameDiff sd, Stream stream, Map<String, SDVariable> inputs, SDVariable w, SDVariable b) {
      Map<String, INDArray> params = Map.of("theta", get("theta_" + stream.id()));
      return new FakeEmit(sd, stream, inputs.get(stream.id()), w, b, params);
    }

    private DitaskLayer layer(
        SameDiff sd, String warp, INDArray weight, Map<String, String> options) {
      int out = (int) weight.size(0);
      int in = (int) weight.size(1);
      Place place = new Place(0, 0, 1, Role.MLP_FC1);
      SDVariable image = sd.placeHolder("image", type, -1, 1, 1, in);
      image.reshape(-1, in).rename("rows");
      image.add(0.0).rename("site");
      LinearSite site =
          new LinearSite(
              "site", place, "site", "rows", "weight", "weight", Optional.of("bias"), in, out, 5);
      Backbone backbone =
          Backbone.builder("golden", sd, type, new ImageInput("image", 1, 1, in))
              .param(new Param("weight", place, Param.Kind.WEIGHT, Shape.of(out, in)))
              .param(new Param("bias", place, Param.Kind.BIAS, Shape.of(out)))
              .site(site)
              .build();
      DitaskConfig config = (DitaskConfig) DITASK.configure(options);
      return DitaskLayer.all(config, backbone, List.of(site)).get("site");
    }

    private INDArray rows(String name) {
      INDArray array = get(name);
      return array.reshape('c', -1, array.size(array.rank() - 1));
    }

    private INDArray get(String name) {
      INDArray array = tensors.get(name);
      if (array == null) {
        throw new AssertionError(name + " is not in " + tensors.keySet());
      }
      return array.castTo(type);
    }

    private void close(String what, INDArray expected, INDArray actual) {
      INDArray e = expected.castTo(DataType.DOUBLE);
      double scale = Math.max(1e-3, e.amaxNumber().doubleValue());
      double error = e.sub(actual.castTo(DataType.DOUBLE)).amaxNumber().doubleValue() / scale;
      double tolerance = type == DataType.DOUBLE ? 1e-6 : 1e-5;
      assertEquals(0, error, tolerance, prefix + what + " " + product + " " + type);
    }
  }
}
