package io.peft4j.graph.plan.ir;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Layouts after any movements hold the elements that moving an array of positions gives. */
class LayoutProperties {
  @Provide
  Arbitrary<Moved> moved() {
    return Arbitraries.longs().map(seed -> Moved.random(new Random(seed)));
  }

  @Property(tries = 500)
  void movementsMoveElements(@ForAll("moved") Moved moved) {
    assertArrayEquals(moved.expected(), Places.of(moved.layout()), moved::toString);
    assertEquals(moved.expected().length, moved.layout().elements());
  }

  @Property(tries = 300)
  void runsHoldTheSameElements(@ForAll("moved") Moved moved) {
    Indexed runs = moved.layout().indexed();
    assertArrayEquals(moved.expected(), Places.of(runs), moved::toString);
    assertArrayEquals(moved.layout().shape(), runs.shape());
    IntStream.rangeClosed(1, runs.unit())
        .filter(length -> runs.unit() % length == 0)
        .forEach(
            length -> {
              assertEquals(length, runs.cut(length).unit());
              assertArrayEquals(moved.expected(), Places.of(runs.cut(length)), moved::toString);
            });
  }

  /** Rows are found again, of any width, if and only if whole rows are taken. */
  @Property(tries = 300)
  void rowsAreFound(@ForAll("moved") Moved moved, @ForAll @IntRange(min = 1, max = 6) int columns) {
    int[] places = moved.expected();
    boolean whole =
        places.length % columns == 0
            && IntStream.range(0, places.length)
                .allMatch(
                    i ->
                        places[i / columns * columns] % columns == 0
                            && places[i] == places[i / columns * columns] + i % columns);
    Optional<int[]> rows = moved.layout().indexed().rows(columns);
    assertEquals(whole, rows.isPresent(), moved::toString);
    rows.ifPresent(r -> assertArrayEquals(places, Places.of(Indexed.ofRows(r, columns))));
  }

  @Property(tries = 300)
  void picksFromPicks(@ForAll("moved") Moved moved, @ForAll Random random) {
    Moved picks = Moved.from(random, Strided.dense(moved.layout().elements()));
    int[] expected = moved.expected();
    assertArrayEquals(
        Arrays.stream(picks.expected()).map(i -> expected[i]).toArray(),
        Places.of(moved.layout().compose(picks.layout())),
        () -> moved + " then " + picks);
  }

  @Property(tries = 500)
  void inverseIsThereForPermutationsAndUndoesThem(@ForAll("moved") Moved moved) {
    int size = moved.size();
    int[] places = moved.expected();
    boolean permutation = places.length == size && Arrays.stream(places).distinct().count() == size;
    for (Layout layout : List.of(moved.layout(), moved.layout().indexed())) {
      Optional<Layout> inverse = layout.inverse(size);
      assertEquals(permutation, inverse.isPresent(), moved::toString);
      inverse.ifPresent(
          undo ->
              assertArrayEquals(
                  IntStream.range(0, size).toArray(),
                  Arrays.stream(Places.of(undo)).map(i -> places[i]).toArray(),
                  moved::toString));
    }
  }

  @Property(tries = 300)
  void denseOnlyIfInOrder(@ForAll("moved") Moved moved) {
    int[] places = moved.expected();
    boolean inOrder =
        IntStream.range(1, places.length).allMatch(i -> places[i] == places[i - 1] + 1);
    if (moved.layout() instanceof Strided strided) {
      assertEquals(inOrder, strided.isDense(), moved::toString);
    } else if (inOrder) {
      assertTrue(moved.layout().indexed().runs() == 1, moved::toString);
    }
  }

  @Property(tries = 300)
  void equalLayoutsHaveEqualHashes(@ForAll("moved") Moved moved) {
    Layout same = moved.layout().reshape(moved.layout().shape());
    assertEquals(moved.layout(), same);
    assertEquals(moved.layout().hashCode(), same.hashCode());
  }

  /** A layout and, kept by other means, the positions it should hold. */
  record Moved(int size, Layout layout, int[] expected, String story) {
    @Override
    public String toString() {
      return story + " -> " + layout;
    }

    static Moved random(Random random) {
      return from(random, Strided.dense(shape(random, 1 + random.nextInt(4))));
    }

    /** Up to five movements from a dense layout. */
    static Moved from(Random random, Strided dense) {
      int size = Math.toIntExact(dense.elements());
      Moved moved =
          new Moved(
              size, dense, IntStream.range(0, size).toArray(), Arrays.toString(dense.shape()));
      int steps = random.nextInt(6);
      for (int i = 0; i < steps; i++) {
        moved =
            switch (random.nextInt(4)) {
              case 0 -> moved.reshaped(random);
              case 1 -> moved.permuted(random);
              case 2 -> moved.sliced(random);
              default -> moved.rolled(random);
            };
      }
      return moved;
    }

    private static long[] shape(Random random, int rank) {
      long[] sizes = {1, 2, 3, 4, 6};
      return IntStream.range(0, rank).mapToLong(i -> sizes[random.nextInt(5)]).toArray();
    }

    private Moved to(Layout other, int[] places, String step) {
      return new Moved(size, other, places, story + " " + step);
    }

    private Moved reshaped(Random random) {
      long left = expected.length;
      long[] shape = new long[1 + random.nextInt(5)];
      for (int i = 0; i + 1 < shape.length; i++) {
        long rest = left;
        long[] divisors =
            IntStream.rangeClosed(1, 12).filter(d -> rest % d == 0).asLongStream().toArray();
        shape[i] = divisors[random.nextInt(divisors.length)];
        left /= shape[i];
      }
      shape[shape.length - 1] = left;
      return to(layout.reshape(shape), expected, "reshape" + Arrays.toString(shape));
    }

    private Moved permuted(Random random) {
      long[] shape = layout.shape();
      List<Integer> order =
          new java.util.ArrayList<>(IntStream.range(0, shape.length).boxed().toList());
      java.util.Collections.shuffle(order, random);
      int[] axes = order.stream().mapToInt(i -> i).toArray();
      long[] sizes = Arrays.stream(axes).mapToLong(a -> shape[a]).toArray();
      int[] places =
          gather(
              sizes,
              at -> {
                long[] from = new long[at.length];
                for (int i = 0; i < at.length; i++) {
                  from[axes[i]] = at[i];
                }
                return from;
              });
      return to(layout.permute(axes), places, "permute" + Arrays.toString(axes));
    }

    private Moved sliced(Random random) {
      long[] shape = layout.shape();
      int rank = shape.length;
      long[] begin = new long[rank];
      long[] step = new long[rank];
      long[] count = new long[rank];
      for (int i = 0; i < rank; i++) {
        begin[i] = random.nextInt((int) shape[i]);
        step[i] = 1 + random.nextInt(3);
        count[i] = 1 + random.nextInt((int) ((shape[i] - begin[i] - 1) / step[i] + 1));
      }
      int[] places =
          gather(
              count,
              at -> {
                long[] from = new long[rank];
                for (int i = 0; i < rank; i++) {
                  from[i] = begin[i] + at[i] * step[i];
                }
                return from;
              });
      return to(
          layout.slice(begin, count, step),
          places,
          "slice" + Arrays.toString(begin) + Arrays.toString(count) + Arrays.toString(step));
    }

    /** Two slices put together in the other order. */
    private Moved rolled(Random random) {
      long[] shape = layout.shape();
      int axis = random.nextInt(shape.length);
      if (shape[axis] < 2) {
        return this;
      }
      long cut = 1 + random.nextInt((int) shape[axis] - 1);
      long[] ones = new long[shape.length];
      Arrays.fill(ones, 1);
      long[] head = shape.clone();
      long[] tail = shape.clone();
      long[] begin = new long[shape.length];
      head[axis] = cut;
      tail[axis] = shape[axis] - cut;
      begin[axis] = cut;
      Layout rolled =
          Layout.concat(
              List.of(
                  layout.slice(begin, tail, ones),
                  layout.slice(new long[shape.length], head, ones)),
              axis);
      int[] places =
          gather(
              shape,
              at -> {
                long[] from = at.clone();
                from[axis] = (at[axis] + cut) % shape[axis];
                return from;
              });
      return to(rolled, places, "roll" + axis + "by" + cut);
    }

    private interface Source {
      long[] of(long... at);
    }

    /** The elements at the places that others come from. */
    private int[] gather(long[] sizes, Source source) {
      long[] shape = layout.shape();
      int[] places = new int[(int) Arrays.stream(sizes).reduce(1, (a, b) -> a * b)];
      for (int i = 0; i < places.length; i++) {
        long[] at = new long[sizes.length];
        long rest = i;
        for (int axis = sizes.length - 1; axis >= 0; axis--) {
          at[axis] = rest % sizes[axis];
          rest /= sizes[axis];
        }
        long[] from = source.of(at);
        long flat = 0;
        for (int axis = 0; axis < shape.length; axis++) {
          flat = flat * shape[axis] + from[axis];
        }
        places[i] = expected[(int) flat];
      }
      return places;
    }
  }
}
