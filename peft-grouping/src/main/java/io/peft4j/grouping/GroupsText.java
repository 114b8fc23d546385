package io.peft4j.grouping;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The option {@code groups} of {@link GroupsChoice}, read without knowing tasks or backbone.
 *
 * @param counts numbers of groups, if the option has this form
 * @param spelled groups of each stage, if the option has this form; a stage of one group {@code
 *     [all]} or {@code [each]} stands for that word
 * @param isAuto true for {@code auto}
 */
record GroupsText(
    Optional<List<Integer>> counts, Optional<List<List<List<String>>>> spelled, boolean isAuto) {
  static final String ALL = "all";
  static final String EACH = "each";
  private static final String PROGRESSIVE = "progressive";
  private static final String AUTO = "auto";
  private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,9}");

  /**
   * Reads the option.
   *
   * @throws InputException if it has none of the forms, or numbers fall with depth
   */
  static GroupsText parse(List<String> elements) {
    if (elements.isEmpty()) {
      throw new InputException(
          "groups is empty; name progressive, auto, numbers such as 1,2,3,4, or groups");
    }
    if (elements.equals(List.of(PROGRESSIVE)) || elements.equals(List.of(AUTO))) {
      return new GroupsText(Optional.empty(), Optional.empty(), elements.contains(AUTO));
    }
    if (elements.contains(PROGRESSIVE) || elements.contains(AUTO)) {
      throw new InputException("groups %s: progressive and auto stand alone".formatted(elements));
    }
    long numbers = elements.stream().filter(e -> NUMBER.matcher(e).matches()).count();
    if (numbers == elements.size()) {
      List<Integer> counts = elements.stream().map(Integer::valueOf).toList();
      requireRising(counts);
      return new GroupsText(Optional.of(ImmutableList.copyOf(counts)), Optional.empty(), false);
    }
    if (numbers > 0) {
      throw new InputException(
          "groups %s mixes numbers and names; write all for 1 group and each for one per task"
              .formatted(elements));
    }
    List<List<List<String>>> spelled = elements.stream().map(GroupsText::stage).toList();
    return new GroupsText(Optional.empty(), Optional.of(spelled), false);
  }

  private static List<List<String>> stage(String text) {
    return Splitter.on('/').splitToStream(text).map(group -> group(text, group)).toList();
  }

  private static List<String> group(String stage, String group) {
    List<String> tasks = Splitter.on('+').trimResults().splitToList(group);
    if (tasks.contains("")) {
      throw new InputException(
          "groups: '%s' has an empty group or task; write it as semseg+sal/normals"
              .formatted(stage));
    }
    return tasks;
  }

  private static void requireRising(List<Integer> counts) {
    for (int s = 0; s < counts.size(); s++) {
      if (counts.get(s) < 1) {
        throw new InputException(
            "groups %s: stage %d has %d groups, but at least 1 is needed"
                .formatted(counts, s, counts.get(s)));
      }
      if (s > 0 && counts.get(s) < counts.get(s - 1)) {
        throw new InputException(
            "groups %s: stage %d has %d groups, stage %d before it %d; groups may only split with"
                    .formatted(counts, s, counts.get(s), s - 1, counts.get(s - 1))
                + " depth");
      }
    }
  }
}
