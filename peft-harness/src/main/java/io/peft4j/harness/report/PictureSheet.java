package io.peft4j.harness.report;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;

/**
 * Pictures in rows and columns under headings, in one block per task.
 *
 * @param headings headings of the columns
 * @param blocks blocks from top to bottom
 */
public record PictureSheet(List<String> headings, List<Block> blocks) {
  /** Height of a picture on the sheet. */
  private static final int CELL = 128;

  private static final int GAP = 4;
  private static final int LINE = 22;
  private static final int MARGIN = 12;
  private static final int FONT_SIZE = 13;

  /**
   * Rows of pictures of one task.
   *
   * @param title above the rows
   * @param rows as many pictures per row as there are headings, all of one shape
   */
  public record Block(String title, List<List<BufferedImage>> rows) {
    /** Copies the rows. */
    public Block {
      rows = ImmutableList.copyOf(rows);
    }
  }

  /** Copies the lists; every row has a picture for every heading. */
  public PictureSheet {
    headings = ImmutableList.copyOf(headings);
    blocks = ImmutableList.copyOf(blocks);
    if (blocks.isEmpty() || blocks.get(0).rows().isEmpty()) {
      throw new InputException("a sheet without pictures");
    }
    for (Block block : blocks) {
      for (List<BufferedImage> row : block.rows()) {
        if (row.size() != headings.size()) {
          throw new InputException(
              "block '%s' has a row of %d pictures under %d headings"
                  .formatted(block.title(), row.size(), headings.size()));
        }
      }
    }
  }

  /** Width of a picture on the sheet, in proportion. */
  private int cellWidth() {
    BufferedImage first = blocks.get(0).rows().get(0).get(0);
    return Math.max(1, CELL * first.getWidth() / first.getHeight());
  }

  /** Width of the sheet in pixels. */
  public int width() {
    return 2 * MARGIN + headings.size() * (cellWidth() + GAP) - GAP;
  }

  /** Height of the sheet in pixels. */
  public int height() {
    int height = 2 * MARGIN;
    for (Block block : blocks) {
      height += 2 * LINE + block.rows().size() * (CELL + GAP) + MARGIN;
    }
    return height - MARGIN;
  }

  /** Paints the sheet. */
  public BufferedImage paint() {
    BufferedImage sheet = new BufferedImage(width(), height(), BufferedImage.TYPE_INT_RGB);
    Graphics2D g = sheet.createGraphics();
    try {
      g.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      // Labels must not be blended into colours of other classes.
      g.setRenderingHint(
          RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR);
      g.setColor(Color.WHITE);
      g.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
      int y = MARGIN;
      for (Block block : blocks) {
        y = paint(g, block, y) + MARGIN;
      }
    } finally {
      g.dispose();
    }
    return sheet;
  }

  private int paint(Graphics2D g, Block block, int top) {
    Font plain = new Font(Font.SANS_SERIF, Font.PLAIN, FONT_SIZE);
    int step = cellWidth() + GAP;
    g.setColor(Color.BLACK);
    g.setFont(plain.deriveFont(Font.BOLD));
    g.drawString(block.title(), MARGIN, top + LINE - GAP);
    g.setFont(plain);
    for (int c = 0; c < headings.size(); c++) {
      FontMetrics metrics = g.getFontMetrics();
      String heading = fitted(headings.get(c), metrics);
      int x = MARGIN + c * step + (cellWidth() - metrics.stringWidth(heading)) / 2;
      g.drawString(heading, x, top + 2 * LINE - 2 * GAP);
    }
    int y = top + 2 * LINE;
    for (List<BufferedImage> row : block.rows()) {
      for (int c = 0; c < row.size(); c++) {
        g.drawImage(row.get(c), MARGIN + c * step, y, cellWidth(), CELL, null);
      }
      y += CELL + GAP;
    }
    return y;
  }

  private String fitted(String heading, FontMetrics metrics) {
    String text = heading;
    while (text.length() > 1 && metrics.stringWidth(text) > cellWidth()) {
      text = text.substring(0, text.length() - 2) + "…";
    }
    return text;
  }
}
