package io.peft4j.grouping;

import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What task groups may cost.
 *
 * @param what {@link #MACS} or {@link #PARAMS}
 * @param most the limit, positive
 */
public record Budget(String what, double most) {
  /**
   * Multiply-accumulates of the backbone for all tasks by the papers' convention, decoders not
   * included.
   */
  public static final String MACS = "macs";

  /** Numbers trained in the backbone, which do not depend on groups. */
  public static final String PARAMS = "params";

  private static final Set<String> KINDS = Set.of(MACS, PARAMS);

  /** Checks both. */
  public Budget {
    if (!KINDS.contains(what)) {
      throw new InputException(
          "budget: '%s' is no cost%s".formatted(what, NearestName.hint(what, KINDS)));
    }
    if (!(most > 0)) {
      throw new InputException("budget %s=%s must be positive".formatted(what, most));
    }
  }

  /**
   * The budget of an option {@code macs=NUMBER} or {@code params=NUMBER}.
   *
   * @throws InputException if both are given, or one is wrong
   */
  public static Optional<Budget> of(Map<String, Double> option) {
    if (option.size() > 1) {
      throw new InputException("budget %s: give macs or params, not both".formatted(option));
    }
    return option.entrySet().stream().map(e -> new Budget(e.getKey(), e.getValue())).findFirst();
  }
}
