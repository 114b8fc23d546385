package io.peft4j.harness.metric;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.peft4j.backbones.safetensors.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Every metric gives the reference meters' values on the batches of the fixture. */
class MetricGoldenTest {
  private static final double EXACT = 1e-9;
  private static final double SINGLE = 1e-6;

  private static Map<String, INDArray> tensors;
  private static JsonNode reference;
  private static JsonNode independent;
  private static JsonNode quirk;
  private static int batches;

  @BeforeAll
  static void readFixture() throws IOException {
    Path folder = Path.of(System.getProperty("peft.fixtures"));
    tensors = Safetensors.read(folder.resolve("metrics.safetensors"));
    JsonNode json = new ObjectMapper().readTree(folder.resolve("metrics.json").toFile());
    reference = json.get("expected_reference");
    independent = json.get("expected_independent");
    quirk = json.get("saliency_batch1_quirk");
    batches = json.get("config").get("updates").size();
  }

  @Test
  void semseg() {
    iou("semseg", 21);
  }

  @Test
  void humanParts() {
    iou("human_parts", 7);
  }

  private static void iou(String task, int classes) {
    IouMetric metric = fed(new IouMetric(classes), task);
    double[] expected =
        StreamSupport.stream(reference.at("/" + task + "/jaccards_all_categs").spliterator(), false)
            .mapToDouble(JsonNode::doubleValue)
            .toArray();
    double[] perClass = metric.perClass();
    for (int i = 0; i < classes; i++) {
      // The reference's 0 for a class that is nowhere is told apart here.
      perClass[i] = Double.isNaN(perClass[i]) ? 0 : perClass[i];
    }
    assertArrayEquals(expected, perClass, EXACT);
    assertEquals(reference.at("/" + task + "/mIoU").doubleValue(), metric.score().value(), EXACT);
    assertEquals(
        independent.at("/" + task + "/mIoU_present_only").doubleValue(),
        metric.values().get("mIoU_present"),
        EXACT);
  }

  @Test
  void saliency() {
    SaliencyMetric metric = fed(new SaliencyMetric(), "sal");
    assertEquals(reference.at("/sal/mIoU").doubleValue(), metric.score().value(), EXACT);
    assertEquals(reference.at("/sal/maxF").doubleValue(), metric.values().get("maxF"), EXACT);
    assertEquals(
        independent.at("/sal/best_threshold").doubleValue(),
        metric.values().get("threshold"),
        EXACT);
  }

  /** The reference squashes twice; given logits squashed once, ours is the reference's number. */
  @Test
  void saliencyBetaMaxFIsTheReferencesBeforeItsSecondSigmoid() {
    SaliencyMetric metric = new SaliencyMetric();
    for (int i = 0; i < batches; i++) {
      metric.update(Transforms.sigmoid(prediction("sal", i)), target("sal", i));
    }
    assertEquals(
        reference.at("/sal/Beta maxF").doubleValue(), metric.values().get("beta_maxF"), SINGLE);
  }

  /** The reference mistakes the rows of a lone image for images; here one image is one image. */
  @Test
  void saliencyOfABatchOfOneIsThatOfItsImage() {
    SaliencyMetric metric = new SaliencyMetric();
    metric.update(first(prediction("sal", 0)), first(target("sal", 0)));
    assertEquals(quirk.get("mIoU_of_that_image").doubleValue(), metric.score().value(), EXACT);
  }

  @Test
  void normals() {
    NormalsMetric metric = fed(new NormalsMetric(), "normals");
    double mean = metric.score().value();
    assertEquals(independent.at("/normals/mean_deg").doubleValue(), mean, SINGLE);
    // The reference encodes to 0..255 in single precision and back.
    assertEquals(reference.at("/normals/rmse").doubleValue(), mean, 1e-4);
    assertEquals(
        independent.at("/normals/true_rmse_deg").doubleValue(),
        metric.values().get("rmse_angle"),
        SINGLE);
  }

  @Test
  void depth() {
    DepthMetric metric = fed(new DepthMetric(), "depth");
    assertEquals(independent.at("/depth/rmse").doubleValue(), metric.score().value(), EXACT);
    assertEquals(reference.at("/depth/rmse").doubleValue(), metric.score().value(), SINGLE);
    assertEquals(
        reference.at("/depth/log_rmse").doubleValue(), metric.values().get("log_rmse"), SINGLE);
  }

  private static <M extends Metric> M fed(M metric, String task) {
    for (int i = 0; i < batches; i++) {
      metric.update(prediction(task, i), target(task, i));
    }
    return metric;
  }

  private static INDArray prediction(String task, int batch) {
    return tensors.get(task + "/pred_batch" + batch);
  }

  private static INDArray target(String task, int batch) {
    return tensors.get(task + "/gt_batch" + batch);
  }

  private static INDArray first(INDArray batch) {
    return batch.get(
        NDArrayIndex.interval(0, 1), NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.all());
  }
}
