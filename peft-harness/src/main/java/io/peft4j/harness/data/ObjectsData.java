package io.peft4j.harness.data;

import io.peft4j.harness.data.scenes.ObjectClass;
import io.peft4j.harness.data.scenes.SceneConfig;
import io.peft4j.harness.data.scenes.SceneRenderer;
import io.peft4j.harness.data.scenes.SceneSample;
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
 * Single objects for classification, rendered while training: no image is seen twice. Labels are
 * {@code [batch, 1, 1, 1]}.
 */
public final class ObjectsData implements DataSource {
  /** Name of its one task. */
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
    return List.of(TASK);
  }

  @Override
  public String defaultTasks() {
    return TASK + ":" + ObjectClass.count();
  }

  @Override
  public MultiDataSetIterator train(TaskSet tasks, int batch, long seed, int epoch) {
    SceneRenderer renderer = new SceneRenderer(SceneConfig.objects(seed, height, width));
    long first = (long) (epoch - 1) * trainSize;
    return new Rendered(renderer, first, trainSize - trainSize % batch, batch);
  }

  @Override
  public MultiDataSetIterator validation(TaskSet tasks, int batch) {
    SceneRenderer renderer = new SceneRenderer(SceneConfig.objects(HELD_OUT, height, width));
    return new Rendered(renderer, 0, heldOutSize, batch);
  }

  /** Renders the next batch while the current one is used. */
  private static final class Rendered implements MultiDataSetIterator {
    private static final long serialVersionUID = 1L;

    private final transient SceneRenderer renderer;
    private final long first;
    private final int size;
    private final int batch;
    private int next;
    private transient CompletableFuture<List<SceneSample>> ahead;

    Rendered(SceneRenderer renderer, long first, int size, int batch) {
      this.renderer = renderer;
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
      SceneSample one = samples.get(0);
      float[] images = new float[samples.size() * one.image().length];
      float[] labels = new float[samples.size()];
      for (int i = 0; i < samples.size(); i++) {
        ImageNormalization.normalise(samples.get(i).image(), images, i * one.image().length);
        labels[i] = samples.get(i).label();
      }
      return new MultiDataSet(
          new INDArray[] {
            Nd4j.createFromArray(images).reshape('c', labels.length, 3, one.height(), one.width())
          },
          new INDArray[] {Nd4j.createFromArray(labels).reshape('c', labels.length, 1, 1, 1)});
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
