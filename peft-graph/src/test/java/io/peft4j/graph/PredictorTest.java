package io.peft4j.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peft4j.graph.toy.ToyBackbone;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Threads that predict at the same time do not disturb each other. */
class PredictorTest {
  private static final int WIDTH = 16;

  private final SameDiff sd = SameDiff.create();

  PredictorTest() {
    SDVariable x = sd.placeHolder("x", DataType.DOUBLE, -1, WIDTH);
    SDVariable w = sd.constant("w", ToyBackbone.value("w", WIDTH, WIDTH));
    for (int i = 0; i < 8; i++) {
      x = sd.math().tanh(x.mmul(w));
    }
    x.rename("y");
  }

  @Test
  void manyThreadsGetWhatOneGets() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try (Predictor shared = new Predictor(sd, 3);
        Predictor alone = new Predictor(sd, 1)) {
      List<Future<INDArray>> found = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        Map<String, INDArray> inputs = inputs(i);
        found.add(pool.submit(() -> shared.outputs(inputs, List.of("y")).get("y")));
      }
      for (int i = 0; i < found.size(); i++) {
        assertEquals(alone.outputs(inputs(i), List.of("y")).get("y"), found.get(i).get());
      }
    } finally {
      pool.shutdownNow();
    }
  }

  private static Map<String, INDArray> inputs(int i) {
    return Map.of("x", ToyBackbone.value("x" + i, 1 + i % 5, WIDTH));
  }

  @Test
  void resultsAreTheCallersOwn() {
    try (Predictor predictor = new Predictor(sd, 1)) {
      INDArray first = predictor.outputs(inputs(1), List.of("y")).get("y");
      INDArray copy = first.dup();
      predictor.outputs(inputs(6), List.of("y"));
      assertEquals(copy, first);
    }
  }

  @Test
  void closedMeansClosed() {
    Predictor predictor = new Predictor(sd, 1);
    predictor.close();
    assertThrows(IllegalStateException.class, () -> predictor.outputs(inputs(1), List.of("y")));
    assertThrows(IllegalArgumentException.class, () -> new Predictor(sd, 0));
  }
}
