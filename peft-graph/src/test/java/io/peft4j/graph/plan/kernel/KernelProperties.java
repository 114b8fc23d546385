package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.nd4j.linalg.api.buffer.DataType;

/** Moves between random layouts, and spreads and sums of random sizes, by both providers. */
class KernelProperties {
  private final KernelProvider reference = ReferenceKernels.create();

  private void check(Trial trial, Instruction instruction, int threads) {
    trial.check(reference, 1e-5, instruction);
    KernelProvider fast = CpuKernels.find(threads).orElseThrow();
    if (fast.kernel(instruction, new Buffers()).isPresent()) {
      trial.check(fast, 1e-5, instruction);
    }
  }

  @Property(tries = 200)
  void moves(
      @ForAll Random random,
      @ForAll @IntRange(min = 1, max = 3) int threads,
      @ForAll boolean accumulates) {
    Trial trial = new Trial(DataType.FLOAT);
    Value x = moved(trial, random);
    Value y = target(trial, random, x);
    double scale = random.nextBoolean() ? 1 : -1.5;
    check(
        trial,
        trial.instruction(new Operation.Move(accumulates), List.of(x.times(scale)), y),
        threads);
  }

  @Property(tries = 100)
  void spreadsAndSums(
      @ForAll Random random,
      @ForAll @IntRange(min = 1, max = 9) int outer,
      @ForAll @IntRange(min = 1, max = 9) int middle,
      @ForAll @IntRange(min = 1, max = 9) int inner) {
    Trial trial = new Trial(DataType.FLOAT);
    Operation.Pair pair = Operation.Pair.values()[random.nextInt(3)];
    Value x = trial.array(outer, middle, inner);
    check(
        trial,
        trial.instruction(
            new Operation.Binary(pair, outer, middle, inner),
            List.of(x, trial.array(middle)),
            random.nextBoolean() ? x : trial.array(outer, middle, inner)),
        1);
    check(
        trial,
        trial.instruction(
            new Operation.Sum(outer, middle, inner, random.nextBoolean()),
            List.of(x),
            trial.array(middle)),
        1);
  }

  private static Value moved(Trial trial, Random random) {
    long[] shape = new long[1 + random.nextInt(4)];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = 1 + random.nextInt(7);
    }
    Value value = trial.array(shape);
    int steps = random.nextInt(4);
    for (int i = 0; i < steps; i++) {
      value =
          switch (random.nextInt(4)) {
            case 0 -> value.reshape(value.layout().elements());
            case 1 -> permuted(value, random);
            case 2 -> sliced(value, random);
            default -> rolled(value, random);
          };
    }
    return value;
  }

  /** An array of as many elements, each of them once: a permuted, padded or rolled buffer. */
  private static Value target(Trial trial, Random random, Value x) {
    long[] shape = x.shape();
    Value padded =
        random.nextBoolean()
            ? trial.array(shape)
            : trial
                .array(Arrays.stream(shape).map(s -> s + 1).toArray())
                .slice(new long[shape.length], shape, ones(shape.length));
    return switch (random.nextInt(3)) {
      case 0 -> padded;
      case 1 -> rolled(padded, random);
      default -> permuted(rolled(padded, random), random);
    };
  }

  private static long[] ones(int length) {
    long[] ones = new long[length];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static Value permuted(Value value, Random random) {
    List<Integer> axes = new ArrayList<>(IntStream.range(0, value.shape().length).boxed().toList());
    Collections.shuffle(axes, random);
    return value.permute(axes.stream().mapToInt(i -> i).toArray());
  }

  private static Value sliced(Value value, Random random) {
    long[] shape = value.shape();
    long[] begin = new long[shape.length];
    long[] step = ones(shape.length);
    for (int i = 0; i < shape.length; i++) {
      begin[i] = random.nextInt((int) shape[i]);
      step[i] += random.nextInt(2);
      shape[i] = (shape[i] - begin[i] - 1) / step[i] + 1;
    }
    return value.slice(begin, shape, step);
  }

  private static Value rolled(Value value, Random random) {
    long[] shape = value.shape();
    int axis = random.nextInt(shape.length);
    if (shape[axis] < 2) {
      return value;
    }
    long cut = 1 + random.nextInt((int) shape[axis] - 1);
    long[] head = shape.clone();
    long[] tail = shape.clone();
    long[] begin = new long[shape.length];
    head[axis] = cut;
    tail[axis] = shape[axis] - cut;
    begin[axis] = cut;
    long[] ones = ones(shape.length);
    return Value.concat(
        List.of(value.slice(begin, tail, ones), value.slice(new long[shape.length], head, ones)),
        axis);
  }
}
