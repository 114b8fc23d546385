package io.peft4j.harness.data;

import io.peft4j.api.InputException;
import io.peft4j.harness.metric.Metric;
import io.peft4j.harness.task.DenseTask;
import io.peft4j.harness.task.LabelKind;
import io.peft4j.harness.task.TaskSet;
import java.util.NoSuchElementException;
import java.util.function.IntPredicate;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Batches of {@link LabelledImages} in the layout of {@link DataSource}.
 *
 * <p>A training pass is shuffled and its last, incomplete batch dropped; a validation pass is in
 * order and complete. A mirrored image has mirrored labels, and directions whose x is negated.
 *
 * <p>Not safe for use by several threads; a pass belongs to one thread.
 */
public final class BatchIterator implements MultiDataSetIterator {
  private static final long serialVersionUID = 1L;
  private static final int COLORS = 3;

  private final transient LabelledImages images;
  private final transient TaskSet tasks;
  private final int batch;
  private final int[] order;
  private final transient IntPredicate flipped;
  private final int end;
  private int next;
  private transient MultiDataSetPreProcessor preProcessor;

  private BatchIterator(
      LabelledImages images,
      TaskSet tasks,
      int batch,
      int[] order,
      IntPredicate flipped,
      boolean dropLast) {
    if (batch < 1) {
      throw new InputException("batch %d must be positive".formatted(batch));
    }
    this.images = images;
    this.tasks = tasks;
    this.batch = batch;
    this.order = order;
    this.flipped = flipped;
    this.end = dropLast ? order.length / batch * batch : order.length;
  }

  /**
   * One training pass, a function of {@code (seed, epoch)}.
   *
   * @param flip whether each image is mirrored with probability ½
   * @throws InputException if there are fewer images than one batch
   */
  public static BatchIterator train(
      LabelledImages images, TaskSet tasks, int batch, long seed, int epoch, boolean flip) {
    if (batch > images.size()) {
      throw new InputException(
          "batch %d is larger than the %d training images; lower it"
              .formatted(batch, images.size()));
    }
    BatchOrder order = new BatchOrder(seed, epoch);
    IntPredicate flipped = flip ? order::flipped : index -> false;
    return new BatchIterator(images, tasks, batch, order.shuffled(images.size()), flipped, true);
  }

  /** One pass in order, the last batch possibly smaller. */
  public static BatchIterator inOrder(LabelledImages images, TaskSet tasks, int batch) {
    return new BatchIterator(
        images, tasks, batch, BatchOrder.inOrder(images.size()), index -> false, false);
  }

  @Override
  public boolean hasNext() {
    return next < end;
  }

  @Override
  public MultiDataSet next() {
    return next(batch);
  }

  @Override
  public MultiDataSet next(int count) {
    if (!hasNext()) {
      throw new NoSuchElementException("the pass over %d images is over".formatted(end));
    }
    int from = next;
    next = Math.min(end, from + count);
    INDArray[] labels = new INDArray[tasks.tasks().size()];
    for (int t = 0; t < labels.length; t++) {
      labels[t] = labels(tasks.tasks().get(t), from, next);
    }
    MultiDataSet result = new MultiDataSet(new INDArray[] {images(from, next)}, labels);
    if (preProcessor != null) {
      preProcessor.preProcess(result);
    }
    return result;
  }

  /** Passes over batches without making them. */
  void skip(int batches) {
    next = (int) Math.min(end, next + (long) batches * batch);
  }

  private INDArray images(int from, int to) {
    int size = COLORS * pixels();
    float[] values = new float[(to - from) * size];
    for (int i = from; i < to; i++) {
      int offset = (i - from) * size;
      images.image(order[i], values, offset);
      if (flipped.test(order[i])) {
        Flip.rows(values, offset, COLORS, images.height(), images.width());
      }
    }
    return array(values, to - from, COLORS);
  }

  private INDArray labels(DenseTask task, int from, int to) {
    int size = task.isPerImage() ? 1 : task.labelChannels() * pixels();
    float[] values = new float[(to - from) * size];
    for (int i = from; i < to; i++) {
      int offset = (i - from) * size;
      images.labels(order[i], task.name(), values, offset);
      if (flipped.test(order[i]) && !task.isPerImage()) {
        Flip.rows(values, offset, task.labelChannels(), images.height(), images.width());
        if (task.labelKind() == LabelKind.DIRECTION) {
          Flip.negateX(values, offset, pixels(), Metric.IGNORE);
        }
      }
    }
    return task.isPerImage()
        ? Nd4j.createFromArray(values).reshape('c', to - from, 1, 1, 1)
        : array(values, to - from, task.labelChannels());
  }

  private INDArray array(float[] values, int count, int channels) {
    return Nd4j.createFromArray(values)
        .reshape('c', count, channels, images.height(), images.width());
  }

  private int pixels() {
    return images.height() * images.width();
  }

  @Override
  public boolean resetSupported() {
    return true;
  }

  @Override
  public void reset() {
    next = 0;
  }

  @Override
  public boolean asyncSupported() {
    return true;
  }

  @Override
  public void setPreProcessor(MultiDataSetPreProcessor value) {
    preProcessor = value;
  }

  @Override
  public MultiDataSetPreProcessor getPreProcessor() {
    return preProcessor;
  }
}
