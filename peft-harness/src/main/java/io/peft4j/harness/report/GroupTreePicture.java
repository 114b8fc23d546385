package io.peft4j.harness.report;

import io.peft4j.harness.groups.GroupsResult;
import io.peft4j.harness.groups.StageGroups;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Task groups as a tree: stages downward, a box with task names for each group, and at the line
 * into it its score and its cost. Groups of several tasks are red where their tasks agree, blue
 * where they conflict.
 */
public final class GroupTreePicture {
  private static final int MARGIN = 18;
  private static final int EDGE = 74;
  private static final Color ALONE = new Color(0xf2f2f2);
  private static final double GIGA = 1e9;
  private static final double MEGA = 1e6;

  private final GroupsResult result;
  private final double strongest;
  private final List<GroupNode> roots;
  private final List<Integer> heights;
  private final int left;

  private GroupTreePicture(GroupsResult result) {
    this.result = result;
    List<StageGroups> stages = result.stages();
    this.strongest =
        stages.stream()
            .flatMap(s -> s.groups().stream())
            .mapToDouble(g -> Math.abs(mean(g)))
            .max()
            .orElse(0);
    this.left =
        MARGIN
            + stages.stream()
                .flatMap(s -> List.of(name(s), text(s)).stream())
                .mapToInt(Canvas::width)
                .max()
                .orElse(0)
            + GroupNode.GAP;
    this.roots = GroupNode.tree(stages, GroupTreePicture::edge);
    // between the texts on the left and the longest line below
    double span = roots.stream().mapToDouble(r -> r.span() + GroupNode.GAP).sum() - GroupNode.GAP;
    double x = left + Math.max(0, (footerWidth() - left - span) / 2);
    for (GroupNode root : roots) {
      x = root.place(x) + GroupNode.GAP;
    }
    this.heights = new ArrayList<>();
    for (StageGroups stage : stages) {
      int lines =
          nodes(roots).stream()
              .filter(n -> n.stage() == stage.stage())
              .mapToInt(n -> n.lines().size())
              .max()
              .orElse(1);
      heights.add(lines * Canvas.TEXT + GroupNode.PAD);
    }
  }

  /** The picture. */
  public static BufferedImage paint(GroupsResult result) {
    GroupTreePicture picture = new GroupTreePicture(result);
    double right = picture.roots.stream().mapToDouble(GroupNode::right).max().orElse(0);
    int width = (int) Math.ceil(Math.max(right, picture.footerWidth())) + MARGIN;
    int height =
        picture.top(result.stages().size()) + picture.footer().size() * Canvas.TEXT + MARGIN;
    return Canvas.paint(width, height, picture::paint);
  }

  /** Where the boxes of a stage begin; for one stage too many, where the text below begins. */
  private int top(int stage) {
    int y = MARGIN + 2 * Canvas.TEXT + Canvas.TEXT + GroupNode.PAD + EDGE;
    for (int s = 0; s < stage; s++) {
      y += heights.get(s) + (s == heights.size() - 1 ? GroupNode.GAP : EDGE);
    }
    return y;
  }

  private void paint(Canvas canvas) {
    canvas.title(
        "Task groups of %s, %s".formatted(result.backbone(), result.image()),
        MARGIN,
        MARGIN + Canvas.TEXT / 2.0);
    double middle = (roots.get(0).middle() + roots.get(roots.size() - 1).middle()) / 2;
    double from = top(0) - EDGE;
    roots.forEach(root -> edge(canvas, middle, from, root));
    for (GroupNode node : nodes(roots)) {
      double bottom = top(node.stage()) + heights.get(node.stage());
      node.children().forEach(child -> edge(canvas, node.middle(), bottom, child));
    }
    String image = "image";
    double width = Canvas.width(image) + 2.0 * GroupNode.PAD;
    canvas.box(
        middle - width / 2,
        from - Canvas.TEXT - GroupNode.PAD,
        width,
        Canvas.TEXT + GroupNode.PAD,
        Color.WHITE);
    canvas.textAround(image, middle, from - (Canvas.TEXT + GroupNode.PAD) / 2.0, Canvas.FAINT);
    nodes(roots).forEach(node -> paint(canvas, node));
    for (StageGroups stage : result.stages()) {
      double y = top(stage.stage()) + heights.get(stage.stage()) / 2.0;
      canvas.title(name(stage), MARGIN, y - Canvas.TEXT / 2.0);
      canvas.text(text(stage), MARGIN, y + Canvas.TEXT / 2.0, Canvas.FAINT);
    }
    double y = top(result.stages().size()) + Canvas.TEXT / 2.0;
    for (String line : footer()) {
      canvas.text(line, MARGIN, y, Canvas.FAINT);
      y += Canvas.TEXT;
    }
  }

  private void paint(Canvas canvas, GroupNode node) {
    int height = heights.get(node.stage());
    double y = top(node.stage());
    canvas.box(node.middle() - node.width() / 2, y, node.width(), height, color(node.group()));
    double line = y + (height - (node.lines().size() - 1) * Canvas.TEXT) / 2.0;
    for (String text : node.lines()) {
      canvas.textAround(text, node.middle(), line, Canvas.INK);
      line += Canvas.TEXT;
    }
  }

  /** A line into a group, which its text stands in. */
  private void edge(Canvas canvas, double x, double y, GroupNode to) {
    double end = top(to.stage());
    double text = end - Canvas.TEXT / 2.0 - GroupNode.PAD;
    canvas.curve(x, y, to.middle(), text - Canvas.TEXT / 2.0);
    canvas.textAround(to.edge(), to.middle(), text, Canvas.FAINT);
    canvas.line(to.middle(), text + Canvas.TEXT / 2.0, to.middle(), end);
  }

  private int footerWidth() {
    return MARGIN + footer().stream().mapToInt(Canvas::width).max().orElse(0);
  }

  private List<String> footer() {
    return List.of(
        "Score: sum over tasks of the mean similarity to the others of their group (eq. 5, 6);",
        "a task alone has none. Cost: multiply-accumulates of the stage by the papers' convention.",
        "With decoders %s for these groups, %s for one group in every stage."
            .formatted(
                macs(result.cost().macsConvention()), macs(result.oneGroup().macsConvention())));
  }

  private Color color(StageGroups.Group group) {
    // half the ramp: names stay readable, and the heat map keeps the strong colours
    return group.tasks().size() == 1
        ? ALONE
        : new Color(Palette.diverging(strongest == 0 ? 0 : mean(group) / strongest / 2));
  }

  private static double mean(StageGroups.Group group) {
    return group.score() / group.tasks().size();
  }

  private static List<GroupNode> nodes(List<GroupNode> roots) {
    List<GroupNode> all = new ArrayList<>();
    for (GroupNode root : roots) {
      all.add(root);
      all.addAll(nodes(root.children()));
    }
    return all;
  }

  private static String edge(StageGroups stage, StageGroups.Group group) {
    String cost = macs(stage.macsOfAGroup());
    return group.tasks().size() == 1 ? cost : "score %s · %s".formatted(score(group.score()), cost);
  }

  private static String name(StageGroups stage) {
    int groups = stage.groups().size();
    return "stage %d: %d group%s".formatted(stage.stage(), groups, groups == 1 ? "" : "s");
  }

  private static String text(StageGroups stage) {
    return "score %s · %s".formatted(score(stage.score()), macs(stage.macs()));
  }

  private static String score(double score) {
    return String.format(Locale.ROOT, "%.3f", score).replace('-', '−');
  }

  private static String macs(long macs) {
    return macs >= GIGA
        ? String.format(Locale.ROOT, "%.2f GMACs", macs / GIGA)
        : String.format(Locale.ROOT, "%.2f MMACs", macs / MEGA);
  }
}
