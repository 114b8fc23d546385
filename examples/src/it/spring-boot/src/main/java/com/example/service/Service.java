package com.example.service;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.harness.task.TaskSet;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.LoggerFactory;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/** Starts, adapts a small Swin as a bean, asks it for features once, and ends. */
@SpringBootApplication
public class Service {
  public static void main(String[] args) {
    SpringApplication.run(Service.class, args).close();
  }

  @Bean
  PeftModel model() {
    Backbone backbone =
        Swin.build(Swin.preset("swin-nano"), WeightSource.pretrained("swin-nano"), DataType.FLOAT);
    return Peft.adapt(backbone, "lora", Map.of("rank", "4"), TaskSet.parse("sal").routed());
  }

  @Bean
  CommandLineRunner once(PeftModel model) {
    return args -> {
      long[] shape =
          model.features(Nd4j.zeros(DataType.FLOAT, 1, 3, 64, 64)).get("sal").get(0).shape();
      System.out.println("features of " + shape.length + " dimensions");
      LoggerFactory.getLogger(Service.class)
          .info("logged by {}", LoggerFactory.getILoggerFactory().getClass().getName());
    };
  }
}
