package io.peft4j.harness.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.CubicCurve2D;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.awt.geom.RoundRectangle2D;
import java.awt.image.BufferedImage;
import java.util.function.Consumer;

/** Texts and boxes on a white picture, drawn at twice the size so that small letters are sharp. */
final class Canvas {
  static final Color INK = new Color(0x202020);
  static final Color FAINT = new Color(0x707070);
  static final Color LINE = new Color(0xa0a0a0);

  /** Height of a line of text. */
  static final int TEXT = 17;

  private static final int SCALE = 2;
  private static final Font PLAIN = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
  private static final int ARC = 10;
  private static final float EDGE = 1.4f;

  private final Graphics2D g;

  private Canvas(Graphics2D g) {
    this.g = g;
  }

  /** A picture of {@code width} by {@code height} units, two pixels each. */
  static BufferedImage paint(int width, int height, Consumer<Canvas> painter) {
    BufferedImage image =
        new BufferedImage(SCALE * width, SCALE * height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    try {
      g.scale(SCALE, SCALE);
      g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
      g.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      g.setColor(Color.WHITE);
      g.fillRect(0, 0, width, height);
      painter.accept(new Canvas(g));
    } finally {
      g.dispose();
    }
    return image;
  }

  /** Width of a text in units, bold or a little less if it is not, before there is a picture. */
  static int width(String text) {
    BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    try {
      return g.getFontMetrics(PLAIN.deriveFont(Font.BOLD)).stringWidth(text);
    } finally {
      g.dispose();
    }
  }

  /** Text that starts at {@code x}, its middle at {@code y}. */
  void text(String text, double x, double y, Color color) {
    draw(text, x, y, 0, color, PLAIN);
  }

  /** Bold text that starts at {@code x}. */
  void title(String text, double x, double y) {
    draw(text, x, y, 0, INK, PLAIN.deriveFont(Font.BOLD));
  }

  /** Text that ends at {@code x}. */
  void textBefore(String text, double x, double y, Color color) {
    draw(text, x, y, 1, color, PLAIN);
  }

  /** Text around {@code x}. */
  void textAround(String text, double x, double y, Color color) {
    draw(text, x, y, 0.5, color, PLAIN);
  }

  /** Text that rises to the right from {@code (x, y)}. */
  void textRising(String text, double x, double y, Color color) {
    Graphics2D turned = (Graphics2D) g.create();
    turned.translate(x, y);
    turned.rotate(-Math.PI / 4);
    new Canvas(turned).text(text, 0, 0, color);
    turned.dispose();
  }

  void rectangle(double x, double y, double width, double height, Color fill) {
    g.setColor(fill);
    g.fill(new Rectangle2D.Double(x, y, width, height));
  }

  /** A box with round corners and a border. */
  void box(double x, double y, double width, double height, Color fill) {
    RoundRectangle2D shape = new RoundRectangle2D.Double(x, y, width, height, ARC, ARC);
    g.setColor(fill);
    g.fill(shape);
    g.setColor(LINE);
    g.setStroke(new BasicStroke(1.2f));
    g.draw(shape);
  }

  /** A straight line. */
  void line(double x, double y, double toX, double toY) {
    g.setColor(LINE);
    g.setStroke(new BasicStroke(EDGE));
    g.draw(new Line2D.Double(x, y, toX, toY));
  }

  /** A line that leaves and arrives upright. */
  void curve(double x, double y, double toX, double toY) {
    double middle = (y + toY) / 2;
    g.setColor(LINE);
    g.setStroke(new BasicStroke(EDGE));
    g.draw(new CubicCurve2D.Double(x, y, x, middle, toX, middle, toX, toY));
  }

  private void draw(String text, double x, double y, double share, Color color, Font font) {
    g.setFont(font);
    g.setColor(color);
    FontMetrics metrics = g.getFontMetrics();
    double baseline = y + (metrics.getAscent() - metrics.getDescent()) / 2.0;
    g.drawString(text, (float) (x - share * metrics.stringWidth(text)), (float) baseline);
  }
}
