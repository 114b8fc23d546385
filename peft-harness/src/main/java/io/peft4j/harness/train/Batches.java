package io.peft4j.harness.train;

import com.google.common.base.Throwables;
import io.peft4j.api.InputException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** A pass over training batches that says which step could not be fed, and why. */
final class Batches {
  private final String source;
  private final Supplier<MultiDataSetIterator> pass;
  private @Nullable MultiDataSetIterator opened;

  /**
   * A pass, which is opened when its first batch is asked for.
   *
   * @param source name of the data set
   */
  Batches(String source, Supplier<MultiDataSetIterator> pass) {
    this.source = source;
    this.pass = pass;
  }

  /**
   * The next batch, for training step {@code step}.
   *
   * @throws TrainingException naming what could not be read
   */
  MultiDataSet next(long step) {
    try {
      if (opened == null) {
        opened = pass.get();
      }
      return opened.next();
    } catch (InputException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new TrainingException(
          "step %d: cannot read a batch of data set %s: %s".formatted(step, source, reason(e)), e);
    }
  }

  /** The file is named by the exception or by what it wraps. */
  private static String reason(RuntimeException e) {
    Throwable root = Throwables.getRootCause(e);
    String cause = root.getMessage() == null ? root.toString() : root.getMessage();
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    boolean wrapsOnly = message.equals(root.toString());
    return wrapsOnly ? cause : message.contains(cause) ? message : message + " (" + cause + ")";
  }
}
