package io.peft4j.harness.cli;

import io.peft4j.harness.train.StopRequest;
import io.peft4j.harness.train.TrainingStoppedException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Has the first SIGINT (Ctrl-C), SIGTERM or SIGHUP ask a training to stop after the step in
 * progress, and the second end the process at once.
 */
final class StopSignals implements StopRequest {
  private static final List<String> NAMES = List.of("INT", "TERM", "HUP");

  private final Consumer<String> notes;
  private final AtomicReference<@Nullable Caught> first = new AtomicReference<>();

  private StopSignals(Consumer<String> notes) {
    this.notes = notes;
  }

  private record Caught(String name, int number) {}

  /**
   * Does work that polls for an end. Signals do what they did before once it is over.
   *
   * @param notes takes lines for people
   * @param work gives an exit code
   * @return the exit code of the work, or of the signal that stopped it
   */
  static int during(Consumer<String> notes, ToIntFunction<StopRequest> work) {
    StopSignals signals = new StopSignals(notes);
    List<Runnable> restorers =
        NAMES.stream()
            .map(name -> Signals.handle(name, signals::arrived))
            .flatMap(Optional::stream)
            .toList();
    try {
      return work.applyAsInt(signals);
    } catch (TrainingStoppedException e) {
      notes.accept(e.getMessage());
      Caught caught = signals.first.get();
      return caught == null ? ExitCode.FAILED : ExitCode.SIGNAL + caught.number();
    } finally {
      restorers.forEach(Runnable::run);
    }
  }

  private void arrived(String name, int number) {
    if (first.compareAndSet(null, new Caught(name, number))) {
      notes.accept(
          "SIG%s: ends after the step in progress; once more ends at once".formatted(name));
    } else {
      // Not exit: what the process was at has not ended for the first signal.
      Runtime.getRuntime().halt(ExitCode.SIGNAL + number);
    }
  }

  @Override
  public Optional<String> reason() {
    return Optional.ofNullable(first.get()).map(caught -> "SIG" + caught.name());
  }
}
