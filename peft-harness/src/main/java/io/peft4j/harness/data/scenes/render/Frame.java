package io.peft4j.harness.data.scenes.render;

/**
 * What the ray caster saw. Row-major, top row first; planes one after the other (channels, height,
 * width). Everything but the image is taken at pixel centres. Equality is by identity of arrays.
 *
 * @param height rows
 * @param width columns
 * @param image red, green, blue in [0, 1], averaged over the pixel
 * @param semantic class label
 * @param parts part label, 0 for none
 * @param instance identity; 0 is the room itself
 * @param normals unit normals in the camera's frame
 * @param depth distance along the viewing axis, metres
 */
public record Frame(
    int height,
    int width,
    float[] image,
    byte[] semantic,
    byte[] parts,
    short[] instance,
    float[] normals,
    float[] depth) {

  static Frame blank(int height, int width) {
    int n = height * width;
    return new Frame(
        height,
        width,
        new float[3 * n],
        new byte[n],
        new byte[n],
        new short[n],
        new float[3 * n],
        new float[n]);
  }
}
