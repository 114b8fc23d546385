package io.peft4j.harness.data;

import com.google.common.collect.ImmutableList;
import io.peft4j.harness.data.scenes.ObjectClass;
import io.peft4j.harness.data.scenes.SceneConfig;
import io.peft4j.harness.data.scenes.SceneRenderer;
import io.peft4j.harness.data.scenes.SceneSample;
import io.peft4j.harness.task.DenseTask;
import io.peft4j.harness.task.TaskSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Single objects, rendered while training: no image is seen twice. Labels of their classification
 * are {@code [batch, 1, 1, 1]}; the dense tasks of {@code scenes} have truth too.
 *
 * <p>Safe for use by several threads. A pass belongs to one thread.
 */
public final class ObjectsData implements DataSource {
  /** Name of the classification. */
  public static final String TASK = "object";

  /** Held-out pictures come from another seed than any training picture. */
  private static final long HELD_OUT = 0x5eed_0b1ec7L;

  private final int height;
  private final int width;
  private final int trainSize;
  private final int heldOutSize;

  /**
   * A split.
   *
   * @param trainSize images of one epoch
   * @param heldOutSize images to evaluate on
   */
  public ObjectsData(int height, int width, int trainSize, int heldOutSize) {
    this.height = height;
    this.width = width;
    this.trainSize = trainSize;
    this.heldOutSize = heldOutSize;
  }

  @Override
  public String id() {
    return "objects";
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
    return trainSize;
  }

  @Override
  public List<String> tasks() {
    return ImmutableList.<String>builder().add(TASK).addAll(SceneLabels.TASKS).build();
  }

  @Override
  public String defaultTasks() {
    return TASK + ":" + ObjectClass.count();
  }

  @Override
  public MultiDataSetIterator train(TaskSet tasks, int batch, long seed, int epoch) {
    SceneRenderer renderer = new SceneRenderer(SceneConfig.objects(seed, height, width));
    long first = (long) (epoch - 1) * trainSize;
    return new Rendered(renderer, checked(tasks), first, trainSize - trainSize % batch, batch);
  }

  @Override
  public MultiDataSetIterator validation(TaskSet tasks, int batch) {
    SceneRenderer renderer = new SceneRenderer(SceneConfig.objects(HELD_OUT, height, width));
    return new Rendered(renderer, checked(tasks), 0, heldOutSize, batch);
  }

  private static TaskSet checked(TaskSet tasks) {
    tasks.routed().stream().filter(t -> !t.name().equals(TASK)).forEach(SceneLabels::check);
    return tasks;
  }

  /** Renders the next batch while the current one is used. */
  private static final class Rendered implements MultiDataSetIterator {
    private static final long serialVersionUID = 1L;

    private final transient SceneRenderer renderer;
    private final transient TaskSet tasks;
    private final long first;
    private final int size;
    private final int batch;
    private int next;
    private transient CompletableFuture<List<SceneSample>> ahead;

    Rendered(SceneRenderer renderer, TaskSet tasks, long first, int size, int batch) {
      this.renderer = renderer;
      this.tasks = tasks;
      this.first = first;
      this.size = size;
      this.batch = batch;
      this.ahead = render();
    }

    private CompletableFuture<List<SceneSample>> render() {
      int count = Math.min(batch, size - next);
      long from = first + next;
      return CompletableFuture.supplyAsync(() -> renderer.samples(from, count));
    }

    @Override
    public MultiDataSet next() {
      return next(batch);
    }

    @Override
    public MultiDataSet next(int ignored) {
      if (!hasNext()) {
        throw new NoSuchElementException("all " + size + " images were given");
      }
      List<SceneSample> samples = ahead.join();
      next += samples.size();
      if (hasNext()) {
        ahead = render();
      }
      INDArray[] labels =
          tasks.tasks().stream().map(t -> labels(t, samples)).toArray(INDArray[]::new);
      return new MultiDataSet(new INDArray[] {images(samples)}, labels);
    }

    private static INDArray images(List<SceneSample> samples) {
      SceneSample one = samples.get(0);
      float[] images = new float[samples.size() * one.image().length];
      for (int i = 0; i < samples.size(); i++) {
        ImageNormalization.normalise(samples.get(i).image(), images, i * one.image().length);
      }
      return Nd4j.createFromArray(images)
          .reshape('c', samples.size(), 3, one.height(), one.width());
    }

    private static INDArray labels(DenseTask task, List<SceneSample> samples) {
      boolean whole = task.name().equals(TASK);
      int height = whole ? 1 : samples.get(0).height();
      int width = whole ? 1 : samples.get(0).width();
      int each = task.labelChannels() * height * width;
      float[] labels = new float[samples.size() * each];
      for (int i = 0; i < samples.size(); i++) {
        if (whole) {
          labels[i] = samples.get(i).label();
        } else {
          SceneLabels.write(samples.get(i), task.name(), labels, i * each);
        }
      }
      return Nd4j.createFromArray(labels)
          .reshape('c', samples.size(), task.labelChannels(), height, width);
    }

    @Override
    public boolean hasNext() {
      return next < size;
    }

    @Override
    public void reset() {
      next = 0;
      ahead = render();
    }

    @Override
    public boolean resetSupported() {
      return true;
    }

    @Override
    public boolean asyncSupported() {
      return false;
    }

    @Override
    public void setPreProcessor(MultiDataSetPreProcessor preProcessor) {
      throw new IllegalStateException("images come normalised; no pre-processor is taken");
    }

    @Override
    public MultiDataSetPreProcessor getPreProcessor() {
      throw new IllegalStateException("images come normalised; there is no pre-processor");
    }
  }
}
