package io.peft4j.harness.data.scenes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** Laws that hold for every pixel of every sample of both data sets. */
class SceneSampleProperties {

  @Property(tries = 60)
  void theTruthIsConsistent(
      @ForAll long seed,
      @ForAll @LongRange(min = 0, max = Long.MAX_VALUE) long index,
      @ForAll @IntRange(min = 16, max = 56) int height,
      @ForAll @IntRange(min = 16, max = 56) int width,
      @ForAll SceneKind kind) {
    SceneConfig config = new SceneConfig(kind, seed, height, width, 5, 0.8, 1);
    SceneSample s = new SceneRenderer(config).sample(index);
    int n = height * width;
    int salient = 0;
    for (int p = 0; p < n; p++) {
      for (int c = 0; c < 3; c++) {
        float v = s.image()[c * n + p];
        assertTrue(v >= 0 && v <= 1, "image in [0, 1]");
      }
      assertEquals(
          s.parts()[p] != 0,
          s.semantic()[p] == SceneClass.PERSON.ordinal(),
          "a part is labelled exactly where a person is");
      assertTrue(s.semantic()[p] >= 0 && s.semantic()[p] < SceneClass.count());
      assertTrue(s.parts()[p] >= 0 && s.parts()[p] < HumanPart.count());
      boolean thing = s.semantic()[p] >= SceneClass.FURNITURE.ordinal();
      assertTrue(s.saliency()[p] == 0 || thing, "only things are salient");
      assertTrue(!thing || s.instance()[p] > 0, "things have identities");
      salient += s.saliency()[p];
      float z = s.depth()[p];
      assertTrue(z > 0 && z < 100, "depth " + z);
      float nx = s.normals()[p];
      float ny = s.normals()[n + p];
      float nz = s.normals()[2 * n + p];
      assertEquals(1, Math.sqrt(nx * nx + ny * ny + nz * nz), 1e-5, "unit normal");
      assertTrue(s.edges()[p] == 0 || s.edges()[p] == 1);
    }
    assertTrue(salient > 0, "something stands out");
  }

  /** Salient things are salient as a whole: no identity is salient here and not there. */
  @Property(tries = 30)
  void saliencyFollowsIdentity(
      @ForAll long seed, @ForAll @IntRange(min = 0, max = 1000) int index) {
    SceneSample s = new SceneRenderer(SceneConfig.scenes(seed, 32, 32)).sample(index);
    int[] state = new int[256];
    int identities = 0;
    for (int p = 0; p < s.saliency().length; p++) {
      int id = s.instance()[p];
      int now = 1 + s.saliency()[p];
      assertTrue(state[id] == 0 || state[id] == now, "identity " + id + " is divided");
      if (state[id] == 0 && now == 2) {
        identities++;
      }
      state[id] = now;
    }
    assertTrue(identities == 1 || identities == 2, identities + " salient things");
  }

  /** Where two neighbours of one identity are no edge, their labels agree. */
  @Property(tries = 30)
  void edgesSeparateLabels(@ForAll long seed, @ForAll @IntRange(min = 0, max = 1000) int index) {
    int size = 40;
    SceneSample s = new SceneRenderer(SceneConfig.scenes(seed, size, size)).sample(index);
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < size; j++) {
        int p = i * size + j;
        if (s.edges()[p] == 0) {
          if (j + 1 < size) {
            alike(s, p, p + 1);
          }
          if (i + 1 < size) {
            alike(s, p, p + size);
          }
        }
      }
    }
  }

  private static void alike(SceneSample s, int p, int q) {
    assertEquals(s.instance()[p], s.instance()[q]);
    assertEquals(s.semantic()[p], s.semantic()[q]);
    assertEquals(s.parts()[p], s.parts()[q]);
  }
}
