package io.peft4j.benchmarks.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Program;
import io.peft4j.graph.plan.ir.Value;
import java.util.List;
import java.util.function.Function;
import org.nd4j.linalg.api.buffer.DataType;

/** Instructions of the first stage of Swin-T at 224² and batch 4. */
public enum StageKernel {
  /** GELU of the hidden layer. */
  GELU(
      p -> {
        Value x = p.hidden("x");
        return p.instruction(new Operation.Gelu(), List.of(x), p.hidden("y"));
      }),
  /** Its gradient. */
  GELU_GRADIENT(
      p ->
          p.instruction(
              new Operation.GeluGradient(), List.of(p.hidden("x"), p.hidden("g")), p.hidden("d"))),
  /** Layer norm of tokens. */
  LAYER_NORM(
      p ->
          p.instruction(
              new Operation.LayerNorm(Plan.TOKENS, Plan.WIDTH, 1e-5),
              List.of(p.tokens("x"), p.row("gain"), p.row("offset")),
              p.tokens("y"),
              p.column("mean"),
              p.column("rate"))),
  /** Its gradient with respect to the tokens. */
  LAYER_NORM_GRADIENT(
      p ->
          p.instruction(
              new Operation.LayerNormGradient(Plan.TOKENS, Plan.WIDTH),
              List.of(
                  p.tokens("x"), p.row("gain"), p.column("mean"), p.column("rate"), p.tokens("g")),
              p.tokens("d"))),
  /** Softmax of attention. */
  SOFTMAX(
      p ->
          p.instruction(
              new Operation.Softmax(Plan.MAPS * Plan.WINDOW, Plan.WINDOW),
              List.of(p.maps("x")),
              p.maps("y"))),
  /** Its gradient. */
  SOFTMAX_GRADIENT(
      p ->
          p.instruction(
              new Operation.SoftmaxGradient(Plan.MAPS * Plan.WINDOW, Plan.WINDOW),
              List.of(p.maps("y"), p.maps("g")),
              p.maps("d"))),
  /** Tokens gathered into windows. */
  WINDOWS(
      p ->
          p.instruction(
              new Operation.Move(false), List.of(p.windowed(p.tokens("x"))), p.tokens("y"))),
  /** Queries times keys, read where the fused projection left them. */
  QUERY_KEY(
      p -> {
        Value qkv = p.qkv();
        return p.instruction(
            new Operation.MatMul(false, true, 1, false),
            List.of(p.part(qkv, 0), p.part(qkv, 1)),
            p.maps("y"));
      }),
  /** Attention times values. */
  ATTENTION_VALUE(
      p ->
          p.instruction(
              new Operation.MatMul(false, false, 1, false),
              List.of(p.maps("x"), p.part(p.qkv(), 2)),
              p.temporary("y", Plan.WINDOWS, Plan.HEADS, Plan.WINDOW, Plan.HEAD_WIDTH)));

  private final Function<Plan, Instruction> make;

  StageKernel(Function<Plan, Instruction> make) {
    this.make = make;
  }

  Instruction instruction() {
    return make.apply(new Plan());
  }

  /** Buffers of the stage. */
  private static final class Plan {
    static final long BATCH = 4;
    static final long EDGE = 56;
    static final long WINDOW_EDGE = 7;
    static final long HEADS = 3;
    static final long HEAD_WIDTH = 32;
    static final long WIDTH = HEADS * HEAD_WIDTH;
    static final long TOKENS = BATCH * EDGE * EDGE;
    static final long WINDOW = WINDOW_EDGE * WINDOW_EDGE;
    static final long WINDOWS = TOKENS / WINDOW;
    static final long MAPS = WINDOWS * HEADS;

    private final Program program = new Program();

    Value temporary(String name, long... shape) {
      return program.temporary(name, DataType.FLOAT, shape);
    }

    Value tokens(String name) {
      return temporary(name, TOKENS, WIDTH);
    }

    Value hidden(String name) {
      return temporary(name, TOKENS, 4 * WIDTH);
    }

    Value row(String name) {
      return temporary(name, WIDTH);
    }

    Value column(String name) {
      return temporary(name, TOKENS);
    }

    Value maps(String name) {
      return temporary(name, WINDOWS, HEADS, WINDOW, WINDOW);
    }

    Value qkv() {
      return temporary("qkv", WINDOWS, WINDOW, 3, HEADS, HEAD_WIDTH);
    }

    /** Query, key or value: {@code [windows, heads, tokens, width]}. */
    Value part(Value qkv, long index) {
      return qkv.slice(
              new long[] {0, 0, index, 0, 0},
              new long[] {WINDOWS, WINDOW, 1, HEADS, HEAD_WIDTH},
              new long[] {1, 1, 1, 1, 1})
          .reshape(WINDOWS, WINDOW, HEADS, HEAD_WIDTH)
          .permute(0, 2, 1, 3);
    }

    Value windowed(Value tokens) {
      long across = EDGE / WINDOW_EDGE;
      return tokens
          .reshape(BATCH, across, WINDOW_EDGE, across, WINDOW_EDGE, WIDTH)
          .permute(0, 1, 3, 2, 4, 5);
    }

    Instruction instruction(Operation operation, List<Value> inputs, Value... outputs) {
      return new Instruction(operation, inputs, List.of(outputs), "stage 0");
    }
  }
}
