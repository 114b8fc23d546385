package io.peft4j.harness.pretrain;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Maps;
import io.peft4j.api.InputException;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.Task;
import io.peft4j.backbones.build.Architecture;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.harness.data.ObjectsData;
import io.peft4j.harness.data.scenes.ObjectClass;
import io.peft4j.harness.data.scenes.SceneClass;
import io.peft4j.harness.head.ClassifierDecoder;
import io.peft4j.harness.head.DecoderChoice;
import io.peft4j.harness.head.TaskDecoders;
import io.peft4j.harness.task.ClassificationTask;
import io.peft4j.harness.task.DenseTask;
import io.peft4j.harness.task.TaskSet;
import io.peft4j.harness.train.Evaluator;
import io.peft4j.harness.train.MultiTaskModel;
import io.peft4j.harness.train.TrainConfig;
import io.peft4j.harness.train.TrainListener;
import io.peft4j.harness.train.Trainer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Trains all weights of a backbone from random values on the {@code objects} data set and writes
 * them as a plain checkpoint: backbone, final norm and classifier under their public names.
 *
 * <p>The network names the object, and beside it paints classes and surface normals, so that
 * features keep what stands where; the heads that paint are thrown away.
 */
public final class Pretraining {
  /** Brings the losses to one size. */
  private static final Map<String, Double> WEIGHTS =
      Map.of(ObjectsData.TASK, 1.0, "semseg", 1.0, "normals", 4.0);

  private final Architecture backbone;
  private final int epochImages;
  private final int heldOut;
  private final TrainConfig config;

  /**
   * A pre-training.
   *
   * @param backbone architecture and image size
   * @param epochImages images rendered for one epoch
   * @param heldOut images to measure the accuracy on
   * @param config how to train
   * @throws InputException if the image size does not fit the backbone, an epoch has no update's
   *     worth of images, or none are held out
   */
  public Pretraining(Architecture backbone, int epochImages, int heldOut, TrainConfig config) {
    backbone.params(); // refuses image sizes
    if (epochImages < config.batch()) {
      throw new InputException(
          "a step takes %d pictures, but an epoch has %d; raise --epoch-images or lower --batch"
              .formatted(config.batch(), epochImages));
    }
    if (heldOut < 1) {
      throw new InputException("%d held-out pictures: at least 1 is needed".formatted(heldOut));
    }
    this.backbone = backbone;
    this.epochImages = epochImages;
    this.heldOut = heldOut;
    this.config = config;
  }

  /**
   * Trains and writes.
   *
   * @param command how the run was asked for, kept in the file as its provenance
   * @return accuracy on held-out objects
   */
  public double run(Path out, String command, TrainListener listener) {
    TaskSet tasks = tasks();
    PeftModel peft =
        Peft.adapt(
            backbone.build(WeightSource.random(config.seed()), DataType.FLOAT),
            "full",
            Map.of(),
            tasks.routed(),
            config.seed());
    MultiTaskModel model =
        MultiTaskModel.withLosses(
            peft,
            tasks,
            new TaskDecoders(
                DecoderChoice.byRule().decoder(peft.backbone()),
                Map.of(ObjectsData.TASK, ClassifierDecoder.namedAsInCheckpoints())),
            WEIGHTS);
    ObjectsData data = data(backbone, epochImages, heldOut);
    Evaluator.Evaluation result =
        new Trainer(model, data, config, listener).run(Trainer.Snapshots.NONE);
    double accuracy = result.scores().get(ObjectsData.TASK).value();
    Map<String, String> provenance = new LinkedHashMap<>();
    provenance.put("architecture", backbone.id());
    provenance.put("command", command);
    provenance.put("data", data.id());
    provenance.put("tasks", tasks.text());
    provenance.put("seed", Long.toString(config.seed()));
    provenance.put("steps", Long.toString(steps()));
    provenance.put("batch", Integer.toString(config.batch()));
    provenance.put("held_out_images", Integer.toString(heldOut));
    provenance.put("held_out_accuracy", String.format(Locale.ROOT, "%.4f", accuracy));
    Safetensors.write(out, checkpoint(model), provenance);
    return accuracy;
  }

  /** All but the heads that paint. */
  private static Map<String, INDArray> checkpoint(MultiTaskModel model) {
    Stream naming = Stream.of(ObjectsData.TASK);
    Map<String, Stream> heads = model.peft().target().headStreams();
    return Maps.filterKeys(
        model.peft().state(), name -> heads.getOrDefault(name, naming).equals(naming));
  }

  /** Steps in all. */
  public long steps() {
    return (long) config.epochs() * (epochImages / config.batch());
  }

  /** Naming the object, and what is painted beside it. */
  static TaskSet tasks() {
    String painted = "semseg:%d,normals".formatted(SceneClass.count());
    return new TaskSet(
        ImmutableList.<DenseTask>builder()
            .addAll(naming().tasks())
            .addAll(TaskSet.parse(painted).tasks())
            .build());
  }

  /** The task of naming an object. */
  public static TaskSet naming() {
    return new TaskSet(
        List.of(new ClassificationTask(new Task(ObjectsData.TASK, ObjectClass.count()))));
  }

  /** The data that a backbone is pre-trained on. */
  public static ObjectsData data(Architecture backbone, int epochImages, int heldOut) {
    return new ObjectsData(backbone.imageHeight(), backbone.imageWidth(), epochImages, heldOut);
  }
}
