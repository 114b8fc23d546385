package io.peft4j.harness.data;

/**
 * Images with label maps, by index; the reading side of a data set.
 *
 * <p>Calls may come from several threads.
 *
 * <p>Safe for use by several threads. Passes over them may be made side by side.
 */
public interface LabelledImages {
  /** Number of images. */
  int size();

  /** Height of images and label maps. */
  int height();

  /** Width of images and label maps. */
  int width();

  /**
   * Writes an image as the backbone takes it: normalised red, green and blue planes.
   *
   * @param to receives 3 × height × width values from {@code offset} on
   */
  void image(int index, float[] to, int offset);

  /**
   * Writes the label map of a task, 255 where there is no truth.
   *
   * @param to receives labelChannels × height × width values from {@code offset} on, or one of a
   *     task with one answer an image
   * @throws io.peft4j.api.InputException if there are no labels for the task
   */
  void labels(int index, String task, float[] to, int offset);
}
