package com.example.ssf;

import io.peft4j.api.accounting.ParameterReport;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.routing.Task;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;

/** Adapts a small Swin to two tasks by SSF and prints what it costs. */
public final class AdaptSwin {
  private AdaptSwin() {}

  /** Takes no arguments. */
  public static void main(String[] args) {
    Backbone backbone =
        Swin.build(Swin.preset("swin-nano"), WeightSource.random(1), DataType.FLOAT);
    List<Task> tasks = List.of(new Task("semseg", 21), new Task("normals", 3));
    PeftModel model = Peft.adapt(backbone, "ssf", Map.of("perTask", "true"), tasks);

    System.out.println("ssf on " + backbone.id() + ": " + model.trainableSummary());
    ParameterReport report = model.parameters();
    report.perTask().forEach((task, n) -> System.out.printf("  %s trains %,d numbers%n", task, n));
    System.out.printf("merged: %,d of them left%n", model.merge().parameters().trainable());
  }
}
