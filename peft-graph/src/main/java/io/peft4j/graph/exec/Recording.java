package io.peft4j.graph.exec;

import io.peft4j.api.NearestName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.BaseOp;
import org.nd4j.linalg.api.ops.BaseReduceOp;
import org.nd4j.linalg.api.ops.CustomOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.Op;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.ops.ReduceOp;
import org.nd4j.linalg.api.ops.ScalarOp;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.api.shape.Shape;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One run of a graph, recorded for given outputs and input shapes, to be replayed.
 *
 * <p>The first run finds shapes and allocates; each operation keeps its context with inputs and
 * outputs in place. A replay copies the inputs in and executes the operations again: nothing is
 * allocated, looked up or freed. Reshapes cost nothing, they are views.
 */
final class Recording {
  /** Operations that pass their input on. */
  private static final Set<String> ALIASES = Set.of("identity", "stop_gradient", "stopgradient");

  private record Call(DifferentialFunction op, OpContext context) {
    void execute() {
      if (op instanceof CustomOp custom) {
        Nd4j.exec(custom, context);
      } else {
        Nd4j.exec((Op) op, context);
      }
    }
  }

  private final SameDiff graph;
  private final Map<String, INDArray> inputs = new LinkedHashMap<>();
  private final Map<String, INDArray> outputs = new LinkedHashMap<>();
  private final List<Call> calls = new ArrayList<>();
  private final BufferPool pool = new BufferPool();
  private final GradientLowering lowering = new GradientLowering();

  // While recording only: values so far, and who still reads a buffer.
  private final Map<String, INDArray> values = new HashMap<>();
  private final Map<String, Integer> readers = new HashMap<>();
  private final Map<String, DataBuffer> bufferOf = new HashMap<>();
  private final Map<DataBuffer, Integer> holders = new java.util.IdentityHashMap<>();

  /** Runs {@code graph} for {@code wanted} and records the run. */
  Recording(SameDiff graph, Collection<String> wanted, Map<String, INDArray> feed) {
    this.graph = graph;
    wanted.forEach(this::requireKnown);
    List<SameDiffOp> order = order(wanted);
    Set<String> kept = new HashSet<>(wanted);
    countReaders(order, kept);
    for (SameDiffOp op : order) {
      record(op, feed);
      release(op);
    }
    for (String name : wanted) {
      outputs.put(name, value(name, feed));
    }
    values.clear();
    readers.clear();
    bufferOf.clear();
    holders.clear();
  }

  /** The values of the run that was recorded, valid until the next replay. */
  Map<String, INDArray> outputs() {
    return outputs;
  }

  /** True if inputs have the shapes that were recorded. */
  boolean fits(Map<String, INDArray> feed) {
    return inputs.entrySet().stream()
        .allMatch(
            e -> {
              INDArray fed = feed.get(e.getKey());
              return fed == null || Arrays.equals(fed.shape(), e.getValue().shape());
            });
  }

  /** Runs again with new inputs. */
  Map<String, INDArray> replay(Map<String, INDArray> feed) {
    inputs.forEach((name, array) -> array.assign(require(name, feed)));
    calls.forEach(Call::execute);
    return outputs;
  }

  /** Releases all but what belongs to the graph. */
  void close() {
    calls.clear();
    inputs.values().stream().filter(INDArray::closeable).forEach(INDArray::close);
    pool.close();
  }

  // ---- order ----

  /** Operations that the wanted variables need, each after those it reads. */
  private List<SameDiffOp> order(Collection<String> wanted) {
    Set<String> done = new LinkedHashSet<>();
    List<SameDiffOp> order = new ArrayList<>();
    List<String> stack = new ArrayList<>(wanted);
    while (!stack.isEmpty()) {
      String variable = stack.get(stack.size() - 1);
      SameDiffOp op = producer(variable);
      if (op == null || done.contains(op.getName())) {
        stack.remove(stack.size() - 1);
        continue;
      }
      int before = stack.size();
      for (String input : op.getInputsToOp()) {
        SameDiffOp source = producer(input);
        if (source != null && !done.contains(source.getName())) {
          stack.add(input);
        }
      }
      if (stack.size() == before) {
        done.add(op.getName());
        order.add(op);
        stack.remove(stack.size() - 1);
      }
    }
    return order;
  }

  private void requireKnown(String variable) {
    if (!graph.hasVariable(variable)) {
      throw new IllegalArgumentException(
          "the graph has no variable '%s'%s"
              .formatted(
                  variable,
                  NearestName.of(variable, graph.getVariables().keySet())
                      .map(near -> "; did you mean '" + near + "'?")
                      .orElse("")));
    }
  }

  private @Nullable SameDiffOp producer(String variable) {
    String op = graph.getVariables().get(variable).getOutputOfOp();
    return op == null ? null : graph.getOps().get(op);
  }

  // ---- recording ----

  private void record(SameDiffOp op, Map<String, INDArray> feed) {
    DifferentialFunction function = op.getOp();
    INDArray[] args = new INDArray[op.getInputsToOp().size()];
    for (int i = 0; i < args.length; i++) {
      args[i] = value(op.getInputsToOp().get(i), feed);
    }
    String output = op.getOutputsOfOp().get(0);
    if (ALIASES.contains(function.opName())) {
      alias(op.getInputsToOp().get(0), output, args[0]);
      return;
    }
    if (function instanceof DynamicCustomOp custom) {
      int[] flags = Arrays.stream(custom.iArgs()).mapToInt(Math::toIntExact).toArray();
      LoweredOp lowered = new LoweredOp(op);
      if (lowering.lower(function.opName(), args, flags, lowered)) {
        lowered.finish();
        return;
      }
    }
    OpContext context = Nd4j.getExecutioner().buildContext();
    List<LongShapeDescriptor> shapes;
    if (function instanceof DynamicCustomOp custom) {
      context.setArgs(args, custom.iArgs(), custom.dArgs(), custom.tArgs(), custom.bArgs());
      shapes = custom.calculateOutputShape(context);
      if (function.opName().equals("reshape") && isPlain(args[0])) {
        alias(op.getInputsToOp().get(0), output, view(args[0], shapes.get(0).getShape()));
        return;
      }
    } else {
      shapes = ((BaseOp) prepare((Op) function, args, context)).calculateOutputShape(context);
    }
    for (int i = 0; i < shapes.size(); i++) {
      String name = op.getOutputsOfOp().get(i);
      INDArray array = allocate(name, graph.getVariable(name).dataType(), shapes.get(i).getShape());
      context.setOutputArray(i, array);
      values.put(name, array);
    }
    Call call = new Call(function, context);
    call.execute();
    calls.add(call);
  }

  /** Legacy operations take axes and scalars from arrays, as SameDiff's session hands them over. */
  private static Op prepare(Op op, INDArray[] args, OpContext context) {
    boolean axes =
        op instanceof ReduceOp reduce && reduce.getOpType() != Op.Type.REDUCE3 && args.length == 2;
    if (axes) {
      DifferentialFunction function = (DifferentialFunction) op;
      boolean all = args[1].isEmpty();
      ((BaseReduceOp) op).setEmptyReduce(all);
      function.setDimensions(
          all ? null : Shape.normalizeAxis(args[0].rank(), args[1].toIntVector()));
    } else if (op instanceof ScalarOp scalar && args.length == 2) {
      scalar.setScalar(args[1]);
    }
    context.setInputArray(0, args[0]);
    if (args.length == 2 && !axes) {
      context.setInputArray(1, args[1]);
    }
    return op;
  }

  private INDArray allocate(String name, DataType type, long[] shape) {
    DataBuffer buffer = pool.take(type, elements(shape));
    bufferOf.put(name, buffer);
    holders.merge(buffer, 1, Integer::sum);
    return Nd4j.create(buffer, shape, Nd4j.getStrides(shape, 'c'), 0, 'c');
  }

  private static long elements(long[] shape) {
    return Math.max(1, Arrays.stream(shape).reduce(1, Math::multiplyExact));
  }

  /** Lets a lowering emit in place of one operation. */
  private final class LoweredOp implements GradientLowering.Sink {
    private final SameDiffOp op;
    private final List<DataBuffer> scratch = new ArrayList<>();

    LoweredOp(SameDiffOp op) {
      this.op = op;
    }

    @Override
    public boolean isRead(int i) {
      return readers.getOrDefault(op.getOutputsOfOp().get(i), 0) > 0;
    }

    @Override
    public INDArray output(int i, long... shape) {
      String name = op.getOutputsOfOp().get(i);
      INDArray array = allocate(name, graph.getVariable(name).dataType(), shape);
      values.put(name, array);
      return array;
    }

    @Override
    public void alias(int i, int input, INDArray array) {
      Recording.this.alias(op.getInputsToOp().get(input), op.getOutputsOfOp().get(i), array);
    }

    @Override
    public INDArray scratch(long... shape) {
      DataType type = graph.getVariable(op.getOutputsOfOp().get(0)).dataType();
      DataBuffer buffer = pool.take(type, elements(shape));
      scratch.add(buffer);
      return Nd4j.create(buffer, shape, Nd4j.getStrides(shape, 'c'), 0, 'c');
    }

    @Override
    public void call(DynamicCustomOp function, List<INDArray> arguments, INDArray result) {
      OpContext context = Nd4j.getExecutioner().buildContext();
      INDArray[] inputs = arguments.toArray(INDArray[]::new);
      context.setArgs(
          inputs, function.iArgs(), function.dArgs(), function.tArgs(), function.bArgs());
      context.setOutputArray(0, result);
      Call call = new Call(function, context);
      call.execute();
      calls.add(call);
    }

    void finish() {
      scratch.forEach(pool::giveBack);
    }
  }

  private void alias(String source, String name, INDArray array) {
    values.put(name, array);
    DataBuffer buffer = bufferOf.get(source);
    if (buffer != null) {
      bufferOf.put(name, buffer);
      holders.merge(buffer, 1, Integer::sum);
    }
  }

  /** True if elements lie in c order without gaps, so that another shape is but another view. */
  private static boolean isPlain(INDArray array) {
    return array.ordering() == 'c'
        && array.offset() == 0
        && Arrays.equals(array.stride(), Nd4j.getStrides(array.shape(), 'c'));
  }

  private static INDArray view(INDArray array, long[] shape) {
    return Nd4j.create(array.data(), shape, Nd4j.getStrides(shape, 'c'), array.offset(), 'c');
  }

  private INDArray value(String name, Map<String, INDArray> feed) {
    INDArray known = values.get(name);
    if (known != null) {
      return known;
    }
    SDVariable variable = graph.getVariable(name);
    INDArray array;
    if (variable.getVariableType() == VariableType.PLACEHOLDER) {
      // A copy of its own, of the declared type.
      array = Nd4j.create(variable.dataType(), require(name, feed).shape(), 'c');
      array.assign(feed.get(name));
      inputs.put(name, array);
    } else {
      array = variable.getArr();
    }
    values.put(name, array);
    return array;
  }

  private static INDArray require(String name, Map<String, INDArray> feed) {
    INDArray array = feed.get(name);
    if (array == null) {
      throw new IllegalArgumentException(
          "placeholder '%s' is not fed; fed: %s".formatted(name, feed.keySet()));
    }
    return array;
  }

  // ---- liveness ----

  private void countReaders(List<SameDiffOp> order, Set<String> kept) {
    for (SameDiffOp op : order) {
      op.getInputsToOp().forEach(i -> readers.merge(i, 1, Integer::sum));
    }
    kept.forEach(k -> readers.merge(k, 1, Integer::sum));
  }

  /** After an operation: what nobody reads any more goes back to the pool. */
  private void release(SameDiffOp op) {
    for (String input : op.getInputsToOp()) {
      if (readers.merge(input, -1, Integer::sum) == 0) {
        drop(input);
      }
    }
    for (String output : op.getOutputsOfOp()) {
      if (readers.getOrDefault(output, 0) == 0) {
        drop(output);
      }
    }
  }

  private void drop(String name) {
    DataBuffer buffer = bufferOf.remove(name);
    if (buffer != null && holders.merge(buffer, -1, Integer::sum) == 0) {
      pool.giveBack(buffer);
    }
  }
}
