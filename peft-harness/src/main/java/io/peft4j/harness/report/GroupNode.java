package io.peft4j.harness.report;

import io.peft4j.harness.groups.StageGroups;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/**
 * A group in the drawing of a tree, with the groups of the next stage that it splits into. Units
 * are those of {@link Canvas}.
 */
final class GroupNode {
  /** Between the places of two groups. */
  static final int GAP = 22;

  /** Room beside and above the names in a box. */
  static final int PAD = 10;

  /** Names of a group go on in a new line beyond this, or beyond what its children take. */
  private static final int LINE_WIDTH = 150;

  private final int stage;
  private final StageGroups.Group group;
  private final String edge;
  private final List<GroupNode> children;
  private final List<String> lines;
  private final double width;
  private double middle;
  private double right;

  private GroupNode(int stage, StageGroups.Group group, String edge, List<GroupNode> children) {
    this.stage = stage;
    this.group = group;
    this.edge = edge;
    this.children = children;
    this.lines = lines(group.tasks(), Math.max(LINE_WIDTH, spanBelow()));
    this.width = lines.stream().mapToInt(Canvas::width).max().orElse(0) + 2.0 * PAD;
  }

  /**
   * The groups of the first stage.
   *
   * @param edges text at the line into a group
   */
  static List<GroupNode> tree(
      List<StageGroups> stages, BiFunction<StageGroups, StageGroups.Group, String> edges) {
    List<GroupNode> below = List.of();
    for (int s = stages.size() - 1; s >= 0; s--) {
      List<GroupNode> level = new ArrayList<>();
      for (StageGroups.Group group : stages.get(s).groups()) {
        List<GroupNode> children =
            below.stream().filter(n -> group.tasks().containsAll(n.group.tasks())).toList();
        level.add(new GroupNode(s, group, edges.apply(stages.get(s), group), children));
      }
      below = level;
    }
    return below;
  }

  /**
   * Places the node and what is below it from {@code x} to the right.
   *
   * @return where it ends
   */
  double place(double x) {
    double span = span();
    double next = x + (span - spanBelow()) / 2;
    for (GroupNode child : children) {
      next = child.place(next) + GAP;
    }
    middle =
        children.isEmpty()
            ? x + span / 2
            : (children.get(0).middle + children.get(children.size() - 1).middle) / 2;
    // a wide box must not leave its own place
    middle = Math.max(x + own() / 2, Math.min(x + span - own() / 2, middle));
    right = x + span;
    return right;
  }

  int stage() {
    return stage;
  }

  StageGroups.Group group() {
    return group;
  }

  String edge() {
    return edge;
  }

  List<GroupNode> children() {
    return children;
  }

  /** The names of the tasks, in lines. */
  List<String> lines() {
    return lines;
  }

  /** Width of the box. */
  double width() {
    return width;
  }

  /** Middle of the box, once it is placed. */
  double middle() {
    return middle;
  }

  /** Right end of what it takes, once it is placed. */
  double right() {
    return right;
  }

  /** Width of box or text above it. */
  private double own() {
    return Math.max(width, Canvas.width(edge));
  }

  /** Width of the node with what is below it. */
  double span() {
    return Math.max(own(), spanBelow());
  }

  private double spanBelow() {
    return children.stream().mapToDouble(GroupNode::span).sum()
        + GAP * Math.max(0, children.size() - 1);
  }

  private static List<String> lines(List<String> names, double most) {
    List<String> lines = new ArrayList<>();
    String line = "";
    for (String name : names) {
      String longer = line.isEmpty() ? name : line + ", " + name;
      if (!line.isEmpty() && Canvas.width(longer + ",") > most) {
        lines.add(line + ",");
        longer = name;
      }
      line = longer;
    }
    lines.add(line);
    return lines;
  }
}
