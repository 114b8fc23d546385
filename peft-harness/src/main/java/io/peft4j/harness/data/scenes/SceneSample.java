package io.peft4j.harness.data.scenes;

/**
 * A picture with its exact truth. Row-major, top row first; channels are planes. Labels, normals
 * and depth are taken at pixel centres; every pixel is valid. The arrays are the caller's own;
 * equality of two samples is by identity of arrays.
 *
 * @param index number of the sample in its data set
 * @param height rows H
 * @param width columns W
 * @param label ordinal of {@link ObjectClass}, or {@link #NO_LABEL} for rooms
 * @param image red, green, blue, each H x W, in [0, 1]
 * @param semantic ordinal of {@link SceneClass}, H x W
 * @param parts ordinal of {@link HumanPart}, H x W; not 0 exactly where semantic is a person
 * @param saliency 0 or 1, H x W; for the rule see {@link SceneRenderer}
 * @param normals unit vectors x, y, z, each H x W: x to the right of the picture, y up, z towards
 *     the viewer
 * @param depth distance along the viewing axis in metres (not along the ray), H x W
 * @param edges 0 or 1, H x W; for the rule see {@link SceneRenderer}
 * @param instance identity of the thing seen, H x W; 0 is the bare room
 */
public record SceneSample(
    long index,
    int height,
    int width,
    int label,
    float[] image,
    byte[] semantic,
    byte[] parts,
    byte[] saliency,
    float[] normals,
    float[] depth,
    byte[] edges,
    short[] instance) {

  /** The label of samples that have none. */
  public static final int NO_LABEL = -1;

  /** Array lengths must fit height and width. */
  public SceneSample {
    int n = height * width;
    length("image", image.length, 3 * n);
    length("semantic", semantic.length, n);
    length("parts", parts.length, n);
    length("saliency", saliency.length, n);
    length("normals", normals.length, 3 * n);
    length("depth", depth.length, n);
    length("edges", edges.length, n);
    length("instance", instance.length, n);
  }

  private static void length(String name, int length, int expected) {
    if (length != expected) {
      throw new IllegalArgumentException(
          name + " must have " + expected + " elements, got " + length);
    }
  }
}
