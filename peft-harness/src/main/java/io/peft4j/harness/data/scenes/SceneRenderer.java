package io.peft4j.harness.data.scenes;

import io.peft4j.harness.data.scenes.render.Frame;
import io.peft4j.harness.data.scenes.render.Stage;
import io.peft4j.harness.data.scenes.render.Tracer;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Renders the embedded data sets. A sample depends on the configuration and its index alone: the
 * same bits whatever the thread, the order and the machine. Safe to share between threads.
 *
 * <ul>
 *   <li><b>Saliency.</b> Each thing is scored by the pixels it fills in a coarse probe picture,
 *       weighted by exp(-1.5 r^2) (r: distance from the centre in halves of the shorter side),
 *       times 3 for people, times 0.4 for furniture. The best-scoring thing is salient; so is the
 *       second if it has at least 0.6 of the best's score.
 *   <li><b>Edges.</b> A pixel is an edge if its right or lower neighbour differs in identity, class
 *       or body part, if the normals differ by more than 40 degrees, or if each point lies off the
 *       other's tangent plane by more than 4 % of its depth.
 *   <li><b>Resolution.</b> The same index shows the same room from the same camera at every size of
 *       one aspect ratio. Labels, normals, depth and saliency at a pixel centre are the same, to
 *       the bit, in a picture of three (or any odd number of) times the size.
 *   <li><b>Object labels.</b> Each run of {@link ObjectClass#count()} indices that starts at a
 *       multiple of it holds every class once, in an order that depends on the seed.
 * </ul>
 *
 * <p>Safe for use by several threads.
 */
public final class SceneRenderer {
  private static final int ATTEMPTS = 32;
  private static final double LEAST_SHARE = 0.015;
  private static final double LEAST_PEOPLE = 0.02;
  private final SceneConfig config;

  /** A renderer of one data set. */
  public SceneRenderer(SceneConfig config) {
    this.config = config;
  }

  /** What is rendered. */
  public SceneConfig config() {
    return config;
  }

  /**
   * One sample.
   *
   * @param index any number from 0; the data set has no end
   */
  public SceneSample sample(long index) {
    if (index < 0) {
      throw new IllegalArgumentException("sample index must be at least 0, got " + index);
    }
    SceneRandom random = SceneRandom.of(config.kind(), config.seed(), index);
    boolean rooms = config.kind() == SceneKind.SCENES;
    int label = rooms ? SceneSample.NO_LABEL : objectLabel(index);
    boolean people = rooms && random.chance(config.personProbability());
    for (int attempt = 1; ; attempt++) {
      SceneRandom own = random.split();
      Stage stage =
          rooms
              ? SceneComposer.compose(own, config.maxObjects(), people)
              : ObjectComposer.compose(own, ObjectClass.values()[label]);
      Tracer tracer = new Tracer(stage);
      Saliency saliency = new Saliency(stage, tracer, config.height(), config.width());
      boolean clear = saliency.share() >= LEAST_SHARE;
      if ((clear && (!people || saliency.people() >= LEAST_PEOPLE)) || attempt == ATTEMPTS) {
        return finish(index, label, stage, tracer, saliency);
      }
    }
  }

  private SceneSample finish(long index, int label, Stage stage, Tracer tracer, Saliency saliency) {
    Frame f = tracer.render(config.height(), config.width(), config.supersampling());
    return new SceneSample(
        index,
        f.height(),
        f.width(),
        label,
        f.image(),
        f.semantic(),
        f.parts(),
        saliency.mask(f.instance()),
        f.normals(),
        f.depth(),
        EdgeMap.of(f, stage.camera().tangent()),
        f.instance());
  }

  /**
   * Samples from..from + count - 1 in order, rendered in parallel: on the common pool, or on the
   * caller's if it runs in a {@link java.util.concurrent.ForkJoinPool}.
   */
  public List<SceneSample> samples(long from, int count) {
    if (count < 0) {
      throw new IllegalArgumentException("count must be at least 0, got " + count);
    }
    return LongStream.range(from, from + count).parallel().mapToObj(this::sample).toList();
  }

  /**
   * The class of a sample of the single-object split, without rendering it.
   *
   * @return ordinal of {@link ObjectClass}
   */
  public int objectLabel(long index) {
    int n = ObjectClass.count();
    SceneRandom random = SceneRandom.of(SceneKind.OBJECTS, ~config.seed(), index / n);
    int[] order = new int[n];
    // Fisher-Yates, inside out.
    for (int i = 0; i < n; i++) {
      int j = random.below(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order[(int) (index % n)];
  }
}
