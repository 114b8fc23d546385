package io.peft4j.harness.data.read;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DirectColorModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.zip.InflaterInputStream;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import org.w3c.dom.NodeList;

/** The colour profile of a PNG (chunk iCCP), which Java's reader keeps but does not apply. */
final class PngProfile {
  private static final String FORMAT = "javax_imageio_png_1.0";
  private static final int BITS = 32;

  private PngProfile() {}

  /**
   * The picture with its profile as colour space; grey and pictures without profile as they are.
   *
   * @throws IOException if the profile is damaged
   */
  static BufferedImage applied(BufferedImage image, IIOMetadata metadata) throws IOException {
    NodeList chunks = ((IIOMetadataNode) metadata.getAsTree(FORMAT)).getElementsByTagName("iCCP");
    if (chunks.getLength() == 0
        || image.getColorModel().getColorSpace().getType() != ColorSpace.TYPE_RGB
        || !(((IIOMetadataNode) chunks.item(0)).getUserObject() instanceof byte[] compressed)) {
      return image;
    }
    ICC_Profile profile;
    try (InflaterInputStream in = new InflaterInputStream(new ByteArrayInputStream(compressed))) {
      profile = ICC_Profile.getInstance(in);
    }
    return profile.getColorSpaceType() == ColorSpace.TYPE_RGB
        ? as(image, new ICC_ColorSpace(profile))
        : image;
  }

  /** The same 8-bit values, read as colours of another space. */
  private static BufferedImage as(BufferedImage image, ColorSpace space) {
    boolean alpha = image.getColorModel().getTransparency() != Transparency.OPAQUE;
    int width = image.getWidth();
    int height = image.getHeight();
    ColorModel model =
        new DirectColorModel(
            space,
            BITS,
            0xff0000,
            0x00ff00,
            0x0000ff,
            alpha ? 0xff000000 : 0,
            false,
            DataBuffer.TYPE_INT);
    BufferedImage to =
        new BufferedImage(model, model.createCompatibleWritableRaster(width, height), false, null);
    for (int y = 0; y < height; y++) {
      to.getRaster().setDataElements(0, y, width, 1, image.getRGB(0, y, width, 1, null, 0, width));
    }
    return to;
  }
}
