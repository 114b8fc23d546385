package io.peft4j.harness.data;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.graph.exec.Feeds;
import io.peft4j.harness.task.DenseTask;
import io.peft4j.harness.task.TaskSet;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * A data set from a user's own iterators.
 *
 * <p>Each {@code MultiDataSet} holds one feature array, normalised images {@code [batch, 3, height,
 * width]}, and one label array per task of {@link Layout#tasks()}, in their order, {@code [batch,
 * labelChannels, height, width]} with 255 where there is no truth; those of a task with one answer
 * an image {@code [batch, 1, 1, 1]}, {@code [batch, 1]} or {@code [batch]}. A run may take any of
 * these tasks; shapes are checked batch by batch.
 *
 * <p>Safe for use by several threads. A pass belongs to one thread, and so does the iterator that
 * the program hands out.
 */
public final class IteratorData implements DataSource {
  private final Layout layout;
  private final TrainIterators train;
  private final IntFunction<MultiDataSetIterator> validation;

  private IteratorData(
      Layout layout, TrainIterators train, IntFunction<MultiDataSetIterator> validation) {
    this.layout = layout;
    this.train = train;
    this.validation = validation;
  }

  /**
   * What the iterators hold.
   *
   * @param id name for reports
   * @param height height of images and labels
   * @param width width of images and labels
   * @param trainSize training images
   * @param tasks tasks of the label arrays, in order
   */
  public record Layout(String id, int height, int width, int trainSize, TaskSet tasks) {
    /** Checks that sizes are positive. */
    public Layout {
      if (id.isBlank() || height < 1 || width < 1 || trainSize < 1) {
        throw new InputException(
            "data set '%s': height %d, width %d and %d training images must be positive"
                .formatted(id, height, width, trainSize));
      }
    }
  }

  /** Opens a pass over the training images. */
  @FunctionalInterface
  public interface TrainIterators {
    /**
     * A pass in an order of its own for {@code (seed, epoch)}, in batches of {@code batch} images,
     * at least {@code trainSize / batch} of them.
     */
    MultiDataSetIterator open(int batch, long seed, int epoch);
  }

  /**
   * A data set.
   *
   * @param layout what the iterators hold
   * @param train opens a training pass
   * @param validation opens a pass over the validation images, given the batch size
   */
  public static IteratorData of(
      Layout layout, TrainIterators train, IntFunction<MultiDataSetIterator> validation) {
    return new IteratorData(layout, train, validation);
  }

  @Override
  public String id() {
    return layout.id();
  }

  /** The class that made the iterators; a lambda bears the name of the class that it stands in. */
  @Override
  public String suppliedBy() {
    return "iterators of " + train.getClass().getName().replaceFirst("\\$\\$Lambda.*", "");
  }

  @Override
  public int height() {
    return layout.height();
  }

  @Override
  public int width() {
    return layout.width();
  }

  @Override
  public int trainSize() {
    return layout.trainSize();
  }

  @Override
  public List<String> tasks() {
    return layout.tasks().names();
  }

  @Override
  public String defaultTasks() {
    return layout.tasks().text();
  }

  @Override
  public MultiDataSetIterator train(TaskSet tasks, int batch, long seed, int epoch) {
    return new Selecting(train.open(batch, seed, epoch), columns(tasks), tasks);
  }

  @Override
  public MultiDataSetIterator validation(TaskSet tasks, int batch) {
    return new Selecting(validation.apply(batch), columns(tasks), tasks);
  }

  private int[] columns(TaskSet wanted) {
    List<String> names = layout.tasks().names();
    return wanted.routed().stream()
        .mapToInt(
            task -> {
              int column = names.indexOf(task.name());
              if (column < 0) {
                throw new InputException(
                    "data set %s has no task '%s'%s"
                        .formatted(id(), task.name(), NearestName.hint(task.name(), names)));
              }
              int channels = layout.tasks().get(task.name()).task().channels();
              if (channels != task.channels()) {
                throw new InputException(
                    "data set %s has %d channels of %s, not %d"
                        .formatted(id(), channels, task.name(), task.channels()));
              }
              return column;
            })
        .toArray();
  }

  /** The label arrays of the wanted tasks, with their shapes checked. */
  private final class Selecting implements MultiDataSetIterator {
    private static final long serialVersionUID = 1L;
    private final transient MultiDataSetIterator all;
    private final int[] columns;
    private final transient List<DenseTask> wanted;

    Selecting(MultiDataSetIterator all, int[] columns, TaskSet wanted) {
      this.all = all;
      this.columns = columns;
      this.wanted = ImmutableList.copyOf(wanted.tasks());
    }

    @Override
    public MultiDataSet next() {
      return select(all.next());
    }

    @Override
    public MultiDataSet next(int count) {
      return select(all.next(count));
    }

    private MultiDataSet select(MultiDataSet batch) {
      int expected = layout.tasks().tasks().size();
      if (batch.numFeatureArrays() != 1 || batch.numLabelsArrays() != expected) {
        throw new InputException(
            "data set %s: a batch has %d feature and %d label arrays, needed are 1 and %d (%s)"
                .formatted(
                    id(),
                    batch.numFeatureArrays(),
                    batch.numLabelsArrays(),
                    expected,
                    layout.tasks().text()));
      }
      INDArray images = batch.getFeatures(0);
      requireShape("images", images, -1, 3);
      INDArray[] labels = new INDArray[columns.length];
      for (int i = 0; i < columns.length; i++) {
        DenseTask task = wanted.get(i);
        labels[i] = labels(task, batch.getLabels(columns[i]), images.size(0));
      }
      return new org.nd4j.linalg.dataset.MultiDataSet(new INDArray[] {images}, labels);
    }

    private INDArray labels(DenseTask task, INDArray labels, long batch) {
      if (!task.isPerImage()) {
        requireShape("labels of " + task.name(), labels, batch, task.labelChannels());
        return labels;
      }
      if (labels.length() != batch || labels.size(0) != batch) {
        throw new InputException(
            "data set %s: labels of %s have shape %s, needed is [%d, 1, 1, 1], one an image"
                .formatted(id(), task.name(), Arrays.toString(labels.shape()), batch));
      }
      return labels.reshape(batch, 1, 1, 1);
    }

    private void requireShape(String what, INDArray array, long batch, int channels) {
      Feeds.require(
          "data set %s: %s".formatted(id(), what),
          array,
          array.dataType(),
          batch,
          channels,
          height(),
          width());
    }

    @Override
    public boolean hasNext() {
      return all.hasNext();
    }

    @Override
    public boolean resetSupported() {
      return all.resetSupported();
    }

    @Override
    public void reset() {
      all.reset();
    }

    @Override
    public boolean asyncSupported() {
      return all.asyncSupported();
    }

    @Override
    public void setPreProcessor(MultiDataSetPreProcessor preProcessor) {
      all.setPreProcessor(preProcessor);
    }

    @Override
    public MultiDataSetPreProcessor getPreProcessor() {
      return all.getPreProcessor();
    }
  }
}
