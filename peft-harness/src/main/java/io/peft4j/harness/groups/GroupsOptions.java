package io.peft4j.harness.groups;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.graph.registry.ConfigBinder;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.harness.run.RunDefaults;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Options of TGLoRA beside the groups. A rank that is not given is the default brought down to a
 * multiple of the number of tasks, which splits over groups of any size.
 *
 * @param values text by option
 * @param ranks the ranks that the user set
 */
record GroupsOptions(Map<String, String> values, Map<String, Integer> ranks) {
  private static final ImmutableList<String> RANKS = ImmutableList.of("rank", "lastStageRank");

  /** What says who shares, and is asked for by other names. */
  private static final ImmutableList<String> OF_GROUPS =
      ImmutableList.of("groups", "similarity", "similarityFile", "budget");

  /** Keeps the order. */
  GroupsOptions {
    values = ImmutableMap.copyOf(values);
    ranks = ImmutableMap.copyOf(ranks);
  }

  /**
   * The options for a number of tasks.
   *
   * @param preset name of the backbone
   * @param given options that the user sets
   * @throws InputException if an option is unknown, refused, or one of groups
   */
  static GroupsOptions of(String preset, int tasks, Map<String, String> given) {
    for (String name : given.keySet()) {
      if (OF_GROUPS.stream().anyMatch(o -> isSame(o, name))) {
        throw new InputException(
            "option %s is not set here: groups are found from --groups, --similarity and --budget"
                .formatted(name));
      }
    }
    MethodDescriptor method = MethodRegistry.discover().get(GroupsPlan.METHOD);
    Map<String, String> known = ConfigBinder.toMap(method.configure(given));
    Map<String, String> standard =
        ConfigBinder.toMap(method.configure(RunDefaults.options(GroupsPlan.METHOD, preset)));
    Map<String, String> values = new LinkedHashMap<>();
    Map<String, Integer> ranks = new LinkedHashMap<>();
    for (String rank : RANKS) {
      if (given.keySet().stream().anyMatch(g -> isSame(rank, g))) {
        ranks.put(rank, Integer.valueOf(known.get(rank)));
      } else {
        values.put(rank, Integer.toString(below(Integer.parseInt(standard.get(rank)), tasks)));
      }
    }
    values.putAll(given);
    return new GroupsOptions(values, ranks);
  }

  /**
   * Checks that the user's ranks split over any groups.
   *
   * @throws InputException if one may not
   */
  void requireAnySplit(int tasks) {
    ranks.forEach(
        (option, rank) -> {
          if (rank % tasks != 0) {
            throw new InputException(
                "%s %d may not split over the groups that will be found; set a multiple of the %d"
                        .formatted(option, rank, tasks)
                    + " tasks, such as %d".formatted(below(rank, tasks)));
          }
        });
  }

  private static int below(int rank, int tasks) {
    return rank == 0 ? 0 : Math.max(tasks, rank / tasks * tasks);
  }

  /** Names of options are read whatever their case, with or without dashes. */
  private static boolean isSame(String option, String given) {
    return option.equalsIgnoreCase(given.replace("-", ""));
  }
}
