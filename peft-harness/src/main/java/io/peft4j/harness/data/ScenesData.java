package io.peft4j.harness.data;

import io.peft4j.harness.data.scenes.SceneClass;
import io.peft4j.harness.data.scenes.SceneConfig;
import io.peft4j.harness.data.scenes.SceneRenderer;
import io.peft4j.harness.data.scenes.SceneSample;
import io.peft4j.harness.task.TaskSet;
import java.util.List;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * The embedded data set {@code scenes}: rendered rooms with exact truth, kept in memory.
 *
 * <p>All pictures are rendered once, in parallel, when it is made. Training and validation come
 * from different seeds, so no room is in both. As in the reference an image without people has no
 * human-part truth: it is all 255.
 *
 * <p>Safe for use by several threads. A pass belongs to one thread.
 */
public final class ScenesData implements DataSource {
  /** Its name. */
  public static final String ID = "scenes";

  private final int height;
  private final int width;
  private final boolean flip;
  private final Samples train;
  private final Samples validation;

  /**
   * Renders the data set.
   *
   * @param height height of images
   * @param width width of images
   * @param spec sizes, seed and augmentation
   */
  public ScenesData(int height, int width, DataSpec spec) {
    this.height = height;
    this.width = width;
    this.flip = spec.flip();
    // 2s and 2s + 1 differ for every pair of seeds, so no data set's training is another's test.
    this.train = render(2 * spec.seed(), spec.trainSize());
    this.validation = render(2 * spec.seed() + 1, spec.validationSize());
  }

  private Samples render(long seed, int count) {
    SceneRenderer renderer = new SceneRenderer(SceneConfig.scenes(seed, height, width));
    return new Samples(height, width, renderer.samples(0, count));
  }

  /** Classes of semantic segmentation and three more tasks, as in the papers' first benchmark. */
  public static String standardTasks() {
    return "semseg:%d,human_parts:7,sal:1,normals:3".formatted(SceneClass.count());
  }

  @Override
  public String id() {
    return ID;
  }

  @Override
  public int height() {
    return height;
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public int trainSize() {
    return train.size();
  }

  @Override
  public List<String> tasks() {
    return SceneLabels.TASKS;
  }

  @Override
  public String defaultTasks() {
    return standardTasks();
  }

  @Override
  public MultiDataSetIterator train(TaskSet tasks, int batch, long seed, int epoch) {
    return BatchIterator.train(train, SceneLabels.checked(tasks), batch, seed, epoch, flip);
  }

  @Override
  public MultiDataSetIterator validation(TaskSet tasks, int batch) {
    return BatchIterator.inOrder(validation, SceneLabels.checked(tasks), batch);
  }

  /** Rendered samples. */
  private record Samples(int height, int width, List<SceneSample> samples)
      implements LabelledImages {
    @Override
    public int size() {
      return samples.size();
    }

    @Override
    public void image(int index, float[] to, int offset) {
      ImageNormalization.normalise(samples.get(index).image(), to, offset);
    }

    @Override
    public void labels(int index, String task, float[] to, int offset) {
      SceneLabels.write(samples.get(index), task, to, offset);
    }
  }
}
