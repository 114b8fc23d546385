package io.peft4j.harness.data;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.harness.data.scenes.HumanPart;
import io.peft4j.harness.data.scenes.SceneClass;
import io.peft4j.harness.data.scenes.SceneConfig;
import io.peft4j.harness.data.scenes.SceneRenderer;
import io.peft4j.harness.data.scenes.SceneSample;
import io.peft4j.harness.metric.Metric;
import io.peft4j.harness.task.TaskSet;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * The embedded data set {@code scenes}: rendered rooms with exact truth, kept in memory.
 *
 * <p>All pictures are rendered once, in parallel, when it is made. Training and validation come
 * from different seeds, so no room is in both. As in the reference an image without people has no
 * human-part truth: it is all 255.
 */
public final class ScenesData implements DataSource {
  /** Its name. */
  public static final String ID = "scenes";

  private static final ImmutableList<String> TASKS =
      ImmutableList.of("semseg", "human_parts", "sal", "normals", "depth", "edge");

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
    return TASKS;
  }

  @Override
  public String defaultTasks() {
    return standardTasks();
  }

  @Override
  public MultiDataSetIterator train(TaskSet tasks, int batch, long seed, int epoch) {
    return BatchIterator.train(train, checked(tasks), batch, seed, epoch, flip);
  }

  @Override
  public MultiDataSetIterator validation(TaskSet tasks, int batch) {
    return BatchIterator.inOrder(validation, checked(tasks), batch);
  }

  /** Refuses tasks without truth, and numbers of classes that are not the data set's. */
  private static TaskSet checked(TaskSet tasks) {
    tasks
        .routed()
        .forEach(
            task -> {
              if (!TASKS.contains(task.name())) {
                throw new InputException(
                    "data set scenes has no task '%s'%s"
                        .formatted(task.name(), NearestName.hint(task.name(), TASKS)));
              }
              require(task.name(), "semseg", task.channels(), SceneClass.count());
              require(task.name(), "human_parts", task.channels(), HumanPart.values().length);
            });
    return tasks;
  }

  private static void require(String task, String which, int classes, int needed) {
    if (task.equals(which) && classes != needed) {
      throw new InputException(
          "data set scenes has %d classes of %s, not %d; write %s:%d"
              .formatted(needed, task, classes, task, needed));
    }
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
      SceneSample sample = samples.get(index);
      switch (task) {
        case "semseg" -> copy(sample.semantic(), to, offset);
        case "human_parts" -> parts(sample.parts(), to, offset);
        case "sal" -> copy(sample.saliency(), to, offset);
        case "normals" -> System.arraycopy(sample.normals(), 0, to, offset, 3 * height * width);
        case "depth" -> System.arraycopy(sample.depth(), 0, to, offset, height * width);
        case "edge" -> copy(sample.edges(), to, offset);
        default -> throw new InputException("data set scenes has no task '%s'".formatted(task));
      }
    }

    private static void copy(byte[] from, float[] to, int offset) {
      for (int i = 0; i < from.length; i++) {
        to[offset + i] = from[i];
      }
    }

    private static void parts(byte[] parts, float[] to, int offset) {
      boolean people = false;
      for (byte part : parts) {
        people |= part != HumanPart.BACKGROUND.ordinal();
      }
      if (people) {
        copy(parts, to, offset);
      } else {
        Arrays.fill(to, offset, offset + parts.length, Metric.IGNORE);
      }
    }
  }
}
