package io.peft4j.harness.data.scenes;

import io.peft4j.harness.data.scenes.render.Stage;
import io.peft4j.harness.data.scenes.render.Thing;
import io.peft4j.harness.data.scenes.render.Tracer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which things of a stage stand out. A probe picture of about 32 pixels over the shorter side,
 * whatever the size of the sample, gives each thing a score: the sum over its pixels of exp(-1.5
 * r^2), r the distance from the picture's centre in halves of the shorter side; times 3 for people,
 * times 0.4 for furniture. The best is salient, and the second if it has at least 0.6 of the best's
 * score. Being a property of the stage, it does not change with the resolution.
 */
final class Saliency {
  private static final int PROBE = 32;
  private static final double CENTRED = 1.5;
  private static final double PEOPLE = 3;
  private static final double FURNITURE = 0.4;
  private static final double SECOND = 0.6;

  private final Set<Integer> salient = new HashSet<>();
  private final double share;
  private final double people;

  Saliency(Stage stage, Tracer tracer, int height, int width) {
    int shorter = Math.min(height, width);
    int rows = Math.max(1, (int) ((long) PROBE * height / shorter));
    int columns = Math.max(1, (int) ((long) PROBE * width / shorter));
    short[] seen = tracer.instances(rows, columns);
    Map<Integer, Double> weight = new HashMap<>();
    for (Thing t : stage.things()) {
      weight.put(t.instance(), weight(t.semantic()));
    }
    int ids = 1 + stage.things().stream().mapToInt(Thing::instance).max().orElse(0);
    double[] score = new double[ids];
    int[] count = new int[ids];
    int persons = 0;
    for (int p = 0; p < seen.length; p++) {
      Double w = weight.get((int) seen[p]);
      if (w != null) {
        double x = (2.0 * (p % columns) + 1 - columns) / PROBE;
        double y = (2.0 * (p / columns) + 1 - rows) / PROBE;
        score[seen[p]] += w * StrictMath.exp(-CENTRED * (x * x + y * y));
        count[seen[p]]++;
        persons += w == PEOPLE ? 1 : 0;
      }
    }
    int best = 0;
    int second = 0;
    for (Thing t : stage.things()) {
      int id = t.instance();
      if (score[id] > score[best]) {
        second = best;
        best = id;
      } else if (score[id] > score[second]) {
        second = id;
      }
    }
    if (score[best] > 0) {
      salient.add(best);
      if (score[second] >= SECOND * score[best]) {
        salient.add(second);
      }
    }
    share = (double) count[best] / seen.length;
    people = (double) persons / seen.length;
  }

  private static double weight(int semantic) {
    if (semantic == SceneClass.PERSON.ordinal()) {
      return PEOPLE;
    }
    return semantic == SceneClass.FURNITURE.ordinal() ? FURNITURE : 1;
  }

  /** Share of the picture that the most salient thing fills. */
  double share() {
    return share;
  }

  /** Share of the picture that people fill. */
  double people() {
    return people;
  }

  /** 1 where a salient thing is seen. */
  byte[] mask(short[] instances) {
    byte[] mask = new byte[instances.length];
    for (int p = 0; p < mask.length; p++) {
      mask[p] = (byte) (salient.contains((int) instances[p]) ? 1 : 0);
    }
    return mask;
  }
}
