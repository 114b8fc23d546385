package io.peft4j.harness.data.scenes;

/**
 * What to render. Two equal configurations give the same samples, to the bit.
 *
 * @param kind which data set
 * @param seed distinguishes data sets of one kind, as training from validation
 * @param height rows of a picture, 8 to 8192
 * @param width columns of a picture, 8 to 8192
 * @param maxObjects most loose objects in a room, 1 to 12; people and furniture come on top
 * @param personProbability share of rooms with at least one person, in [0, 1]
 * @param supersampling sub-pixel samples per axis for the image, 1 to 8; labels are unaffected
 */
public record SceneConfig(
    SceneKind kind,
    long seed,
    int height,
    int width,
    int maxObjects,
    double personProbability,
    int supersampling) {

  /** Checks ranges. */
  public SceneConfig {
    range("height", height, 8, 8192);
    range("width", width, 8, 8192);
    range("maxObjects", maxObjects, 1, 12);
    range("supersampling", supersampling, 1, 8);
    if (!(personProbability >= 0 && personProbability <= 1)) {
      throw new IllegalArgumentException(
          "personProbability must be in [0, 1], got " + personProbability);
    }
  }

  /** Rooms with up to five loose objects, people in four of five, 2 x 2 samples per pixel. */
  public static SceneConfig scenes(long seed, int height, int width) {
    return new SceneConfig(SceneKind.SCENES, seed, height, width, 5, 0.8, 2);
  }

  /** Single objects, 2 x 2 samples per pixel. */
  public static SceneConfig objects(long seed, int height, int width) {
    return new SceneConfig(SceneKind.OBJECTS, seed, height, width, 1, 0, 2);
  }

  /** The same data set at another resolution: the same rooms, seen by the same cameras. */
  public SceneConfig withSize(int newHeight, int newWidth) {
    return new SceneConfig(
        kind, seed, newHeight, newWidth, maxObjects, personProbability, supersampling);
  }

  private static void range(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " must be in " + least + ".." + most + ", got " + value);
    }
  }
}
