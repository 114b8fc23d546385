package io.peft4j.harness.run;

import io.peft4j.api.InputException;
import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.data.DataSources;
import io.peft4j.harness.data.DataSpec;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The data of recorded runs.
 *
 * <p>Safe for use by several threads.
 */
public final class RunData {
  private RunData() {}

  /**
   * Refuses a run on a data set that only its program can make.
   *
   * @param folder folder of the run, for messages
   * @throws InputException naming the data set, what supplied it, and how to score the run
   */
  public static void requireKnown(Path folder, RunResult result) {
    foreign(result)
        .ifPresent(
            supplier -> {
              throw new InputException(
                  "%s: the run's data set '%s' came from a program (%s), so no command can make it;"
                          .formatted(folder, result.spec().data().id(), supplier)
                      + " score it in that program: SavedRun.open(folder).evaluate(data)");
            });
  }

  /**
   * The data of a run, perhaps in other numbers.
   *
   * @throws InputException as {@link #requireKnown}
   */
  public static DataSource open(Path folder, RunResult result, DataSpec wanted) {
    requireKnown(folder, result);
    BackboneSpec backbone = result.spec().backbone();
    return DataSources.named(wanted, backbone.height(), backbone.width());
  }

  /** What supplied the data, if it was no data set that is known by name. */
  static Optional<String> foreign(RunResult result) {
    String id = result.spec().data().id();
    Provenance provenance = result.provenance();
    String supplier = provenance == null ? null : provenance.data();
    if (supplier == null) {
      return DataSources.names().contains(id)
          ? Optional.empty()
          : Optional.of("which one is not recorded");
    }
    return DataSources.supplier(id).filter(supplier::equals).isPresent()
        ? Optional.empty()
        : Optional.of(supplier);
  }
}
