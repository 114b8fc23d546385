package io.peft4j.harness.data.scenes;

import java.util.List;

/**
 * SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014, figure
 * 17). Written out because the sequence is part of the data set: it must not change with the JDK.
 */
final class SceneRandom {
  private static final long GAMMA = 0x9e3779b97f4a7c15L;
  private long state;

  private SceneRandom(long state) {
    this.state = state;
  }

  /** The generator of one sample: kind, seed and index each pass the mixer, so none overlap. */
  static SceneRandom of(SceneKind kind, long seed, long index) {
    long s = mix(seed + GAMMA * (1 + kind.ordinal()));
    return new SceneRandom(mix(s ^ mix(index * GAMMA + 0x5851f42d4c957f2dL)));
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /** The next 64 bits. */
  long next() {
    state += GAMMA;
    return mix(state);
  }

  /** A generator of its own, independent of what is drawn here afterwards. */
  SceneRandom split() {
    return new SceneRandom(mix(next()));
  }

  /** Uniform in [0, 1). */
  double unit() {
    return (next() >>> 11) * 0x1p-53;
  }

  /** Uniform in [low, high). */
  double between(double low, double high) {
    return low + (high - low) * unit();
  }

  /** Uniform angle in [low, high) degrees, in radians. */
  double degrees(double low, double high) {
    return between(low, high) * (StrictMath.PI / 180);
  }

  /** Uniform in 0 .. n - 1. */
  int below(int n) {
    return (int) (unit() * n);
  }

  /** True with a probability. */
  boolean chance(double probability) {
    return unit() < probability;
  }

  /** One of a list, each as likely. */
  <T> T pick(List<T> list) {
    return list.get(below(list.size()));
  }
}
