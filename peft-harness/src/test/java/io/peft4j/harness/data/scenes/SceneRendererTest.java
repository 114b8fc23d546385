package io.peft4j.harness.data.scenes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The data sets as a whole: repeatable, varied, balanced. */
class SceneRendererTest {
  private static final int SIZE = 48;

  /** The same bits alone, backwards, in parallel and from another renderer. */
  @Test
  void samplesDependOnSeedAndIndexAlone() {
    for (SceneConfig config :
        List.of(SceneConfig.scenes(5, SIZE, SIZE), SceneConfig.objects(5, SIZE, SIZE))) {
      List<SceneSample> together = new SceneRenderer(config).samples(10, 24);
      SceneRenderer other = new SceneRenderer(config);
      for (int i = together.size() - 1; i >= 0; i--) {
        assertEquals(10 + i, together.get(i).index());
        assertSame(together.get(i), other.sample(10 + i));
      }
    }
  }

  /** Another seed, index or kind gives another picture. */
  @Test
  void seedIndexAndKindMatter() {
    Set<Integer> pictures = new HashSet<>();
    for (long seed = 0; seed < 3; seed++) {
      for (long index = 0; index < 3; index++) {
        SceneSample room = new SceneRenderer(SceneConfig.scenes(seed, 16, 16)).sample(index);
        SceneSample object = new SceneRenderer(SceneConfig.objects(seed, 16, 16)).sample(index);
        pictures.add(Arrays.hashCode(room.image()));
        pictures.add(Arrays.hashCode(object.image()));
      }
    }
    assertEquals(18, pictures.size());
  }

  /** Every class and part appears, none drowns, and people are in most rooms. */
  @Test
  void roomsShowEveryClassAndPart() {
    List<SceneSample> samples =
        new SceneRenderer(SceneConfig.scenes(1, SIZE, SIZE)).samples(0, 150);
    double[] classes = new double[SceneClass.count()];
    double[] parts = new double[HumanPart.count()];
    int people = 0;
    double salient = 0;
    double edges = 0;
    for (SceneSample s : samples) {
      boolean person = false;
      for (int p = 0; p < SIZE * SIZE; p++) {
        classes[s.semantic()[p]]++;
        parts[s.parts()[p]]++;
        person |= s.parts()[p] != 0;
        salient += s.saliency()[p];
        edges += s.edges()[p];
      }
      people += person ? 1 : 0;
    }
    double pixels = (double) SIZE * SIZE * samples.size();
    for (SceneClass c : SceneClass.values()) {
      assertTrue(classes[c.ordinal()] / pixels > 0.008, c + " is too rare");
      assertTrue(classes[c.ordinal()] / pixels < 0.55, c + " drowns the rest");
    }
    for (HumanPart c : HumanPart.values()) {
      assertTrue(parts[c.ordinal()] / pixels > 0.004, c + " is too rare");
    }
    assertTrue(people >= 0.65 * samples.size(), "people in only " + people + " rooms");
    assertTrue(people <= 0.95 * samples.size(), "people in " + people + " rooms");
    assertTrue(salient / pixels > 0.05 && salient / pixels < 0.3, "salient share");
    assertTrue(edges / pixels > 0.05 && edges / pixels < 0.3, "edge share");
  }

  /** No people where none are asked for, everywhere where always asked for. */
  @Test
  void personProbabilityIsObeyed() {
    for (double probability : new double[] {0, 1}) {
      SceneConfig config = new SceneConfig(SceneKind.SCENES, 2, 40, 40, 3, probability, 1);
      for (SceneSample s : new SceneRenderer(config).samples(0, 30)) {
        boolean person = false;
        for (byte part : s.parts()) {
          person |= part != 0;
        }
        assertEquals(probability == 1, person, "room " + s.index());
      }
    }
  }

  /** Each run of fifteen holds every class once, in changing order, and shows what it says. */
  @Test
  void objectsAreBalancedAndShowTheirClass() {
    SceneRenderer renderer = new SceneRenderer(SceneConfig.objects(4, SIZE, SIZE));
    int n = ObjectClass.count();
    Set<String> orders = new HashSet<>();
    for (int block = 0; block < 4; block++) {
      List<SceneSample> samples = renderer.samples((long) block * n, n);
      Set<Integer> labels = new HashSet<>();
      for (SceneSample s : samples) {
        labels.add(s.label());
        assertEquals(s.label(), renderer.objectLabel(s.index()));
        SceneClass expected = semantic(ObjectClass.values()[s.label()]);
        int shown = 0;
        for (byte c : s.semantic()) {
          shown += c == expected.ordinal() ? 1 : 0;
        }
        assertTrue(shown > SIZE * SIZE / 50, "sample " + s.index() + " hides its " + expected);
      }
      assertEquals(n, labels.size());
      orders.add(samples.stream().map(SceneSample::label).toList().toString());
    }
    assertEquals(4, orders.size());
  }

  private static SceneClass semantic(ObjectClass c) {
    return switch (c) {
      case BOX, PRISM -> SceneClass.BOX;
      case BALL, ELLIPSOID -> SceneClass.BALL;
      case CYLINDER, CAPSULE -> SceneClass.CYLINDER;
      case CONE, PYRAMID -> SceneClass.CONE;
      case TORUS -> SceneClass.TORUS;
      case TABLE, CHAIR, LAMP -> SceneClass.FURNITURE;
      case PERSON_STANDING, PERSON_SITTING, PERSON_ARMS_UP -> SceneClass.PERSON;
    };
  }

  /** The same rooms at three times the size: the truth at pixel centres is the same, to the bit. */
  @Test
  void resolutionKeepsTheTruth() {
    SceneConfig config = SceneConfig.scenes(8, 24, 36);
    SceneRenderer small = new SceneRenderer(config);
    SceneRenderer large = new SceneRenderer(config.withSize(72, 108));
    for (int index = 0; index < 6; index++) {
      SceneSample a = small.sample(index);
      SceneSample b = large.sample(index);
      for (int i = 0; i < 24; i++) {
        for (int j = 0; j < 36; j++) {
          int p = i * 36 + j;
          int q = (3 * i + 1) * 108 + 3 * j + 1;
          assertEquals(a.semantic()[p], b.semantic()[q]);
          assertEquals(a.parts()[p], b.parts()[q]);
          assertEquals(a.saliency()[p], b.saliency()[q]);
          assertEquals(a.instance()[p], b.instance()[q]);
          assertEquals(a.depth()[p], b.depth()[q], 0f);
          for (int c = 0; c < 3; c++) {
            assertEquals(a.normals()[c * 864 + p], b.normals()[c * 7776 + q], 0f);
          }
        }
      }
    }
  }

  @Test
  void wrongConfigurationsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> SceneConfig.scenes(0, 7, 64));
    assertThrows(IllegalArgumentException.class, () -> SceneConfig.scenes(0, 64, 9000));
    assertThrows(
        IllegalArgumentException.class,
        () -> new SceneConfig(SceneKind.SCENES, 0, 64, 64, 0, 0.5, 2));
    assertThrows(
        IllegalArgumentException.class,
        () -> new SceneConfig(SceneKind.SCENES, 0, 64, 64, 3, Double.NaN, 2));
    SceneRenderer renderer = new SceneRenderer(SceneConfig.scenes(0, 16, 16));
    assertThrows(IllegalArgumentException.class, () -> renderer.sample(-1));
    assertThrows(IllegalArgumentException.class, () -> renderer.samples(0, -1));
    assertTrue(renderer.samples(0, 0).isEmpty());
  }

  /** Colours of labels are distinct, so that pictures can be read. */
  @Test
  void labelColoursAreDistinct() {
    assertEquals(SceneClass.count(), Arrays.stream(SceneClass.colors()).distinct().count());
    assertEquals(HumanPart.count(), Arrays.stream(HumanPart.colors()).distinct().count());
    assertFalse(HumanPart.HEAD.label().isEmpty());
  }

  private static void assertSame(SceneSample a, SceneSample b) {
    assertEquals(a.label(), b.label());
    assertArrayEquals(a.image(), b.image(), 0f);
    assertArrayEquals(a.semantic(), b.semantic());
    assertArrayEquals(a.parts(), b.parts());
    assertArrayEquals(a.saliency(), b.saliency());
    assertArrayEquals(a.normals(), b.normals(), 0f);
    assertArrayEquals(a.depth(), b.depth(), 0f);
    assertArrayEquals(a.edges(), b.edges());
    assertArrayEquals(a.instance(), b.instance());
  }
}
