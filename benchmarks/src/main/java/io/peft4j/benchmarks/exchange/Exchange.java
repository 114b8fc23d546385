package io.peft4j.benchmarks.exchange;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.peft4j.api.routing.Task;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.benchmarks.work.Bench;
import io.peft4j.benchmarks.work.WorkModel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The file from which the peer rebuilds a work: {@code weight.<name>}, {@code image}, {@code
 * label.<task>}, and what this side computes from them, {@code loss} and {@code grad.<name>} or
 * {@code output}. Its metadata tell the work, its method and options, its size and tasks.
 */
public final class Exchange {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Exchange() {}

  /** Computes the results of a work from its start values and writes them with those. */
  public static void write(Path file, Bench bench) {
    WorkModel model = bench.model();
    Map<String, INDArray> tensors = new LinkedHashMap<>();
    model.weights().forEach((name, array) -> tensors.put("weight." + name, array));
    tensors.put("image", model.inputs().get(model.image()));
    model.labels().forEach((task, map) -> tensors.put("label." + task, map));
    tensors.putAll(bench.results());
    Safetensors.write(file, tensors, metadata(model));
  }

  private static Map<String, String> metadata(WorkModel model) {
    Map<String, Integer> tasks = new LinkedHashMap<>();
    for (Task task : model.model().tasks().routed()) {
      tasks.put(task.name(), task.channels());
    }
    return Map.of(
        "work", model.work().id(),
        "method", model.work().method(),
        "options", json(model.work().options(model.size())),
        "backbone", model.size().backbone(),
        "size", json(Map.of("image", model.size().image(), "batch", model.size().batch())),
        "tasks", json(tasks));
  }

  private static String json(Map<String, ?> values) {
    try {
      return JSON.writeValueAsString(values);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("strings and numbers are always JSON", e);
    }
  }
}
