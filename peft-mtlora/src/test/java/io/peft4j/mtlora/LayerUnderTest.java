package io.peft4j.mtlora;

import io.peft4j.api.Shape;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.backbone.ImageInput;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Param.Kind;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.backbone.TapSite;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.method.Training;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.Task;
import io.peft4j.api.routing.TaskRouter;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.ops.AuditedOps;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One {@link MtloraLayer} on a linear layer in double precision, without a block around it.
 *
 * <p>The image {@code [batch, 1 + tasks, tokens, in]} holds the shared input and then each task's.
 * Features {@code [batch, tokens, out]} are those of the tasks, and the shared output as that of
 * the task {@link #JOINT}.
 *
 * @param config the configuration
 * @param tasks tasks with branches
 * @param ownInputs true if each task has an input of its own
 */
record LayerUnderTest(MtloraConfig config, List<String> tasks, boolean ownInputs)
    implements Rewrite {
  static final String IMAGE = "image";
  static final String JOINT = "joint";
  static final String SITE = "linear";
  private static final String ROWS = "rows";

  /** The adapted layer; {@code weight [out, in]} is trained too. */
  PeftModel adapt(INDArray weight, INDArray bias, int tokens) {
    Backbone backbone = backbone(weight, bias, tokens);
    List<Task> all =
        java.util.stream.Stream.concat(java.util.stream.Stream.of(JOINT), tasks.stream())
            .map(name -> new Task(name, 1))
            .toList();
    return Peft.adapt(backbone, new Bound(this), config, all, 0);
  }

  private Backbone backbone(INDArray weight, INDArray bias, int tokens) {
    int out = (int) weight.size(0);
    int in = (int) weight.size(1);
    int inputs = 1 + tasks.size();
    SameDiff sd = SameDiff.create();
    AuditedOps ops = new AuditedOps(sd);
    SDVariable image = sd.placeHolder(IMAGE, DataType.DOUBLE, -1, inputs, tokens, in);
    SDVariable x = ops.slice(image, 1, 0, 1).reshape(-1, in).rename(ROWS);
    SDVariable w = sd.constant(SITE + ".weight", weight.castTo(DataType.DOUBLE));
    SDVariable b = sd.constant(SITE + ".bias", bias.castTo(DataType.DOUBLE));
    ops.linear(x, w, b).rename(SITE).reshape(-1, tokens, out).rename("features.0");
    Place entry = new Place(0, 0, 1, Role.NORM1);
    Place place = new Place(0, 0, 1, Role.ATTN_QKV);
    Place end = new Place(0, 0, 1, Role.STAGE_OUT);
    Optional<String> biasName = Optional.of(b.name());
    return Backbone.builder(
            "one-layer", sd, DataType.DOUBLE, new ImageInput(IMAGE, inputs, tokens, in))
        .param(new Param(w.name(), place, Kind.WEIGHT, Shape.of(out, in)))
        .param(new Param(b.name(), place, Kind.BIAS, Shape.of(out)))
        .site(new TapSite("entry", entry, ROWS, in, tokens))
        .site(
            new LinearSite(SITE, place, SITE, ROWS, w.name(), w.name(), biasName, in, out, tokens))
        .feature(new Feature("features.0", end, out, 1, tokens))
        .build();
  }

  @Override
  public TaskRouter router() {
    return (place, demanded) ->
        demanded.tasks().contains(JOINT) || (!ownInputs && place.role().equals(Role.NORM1))
            ? Stream.SHARED
            : demanded;
  }

  @Override
  public Training training(Param param, Stream stream) {
    return Training.TRAINED;
  }

  @Override
  public SDVariable tap(TapSite site, Emit emit) {
    if (emit.stream().isShared()) {
      return emit.next();
    }
    int input = 1 + tasks.indexOf(emit.stream().id());
    SDVariable image = emit.value(IMAGE, emit.stream());
    return emit.ops().slice(image, 1, input, input + 1L).reshape(-1, site.width());
  }

  @Override
  public SDVariable linear(LinearSite site, Emit emit) {
    return new MtloraLayer(config, site, tasks, !ownInputs).emit(emit);
  }

  /** A method that is bound already. */
  private record Bound(Rewrite rewrite) implements PeftMethod {
    @Override
    public String id() {
      return "layer-under-test";
    }

    @Override
    public Class<? extends Record> configType() {
      return MtloraConfig.class;
    }

    @Override
    public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
      return rewrite;
    }
  }

  /** Shared input and inputs of tasks, each {@code [batch, tokens, in]}, as an image. */
  static INDArray image(List<INDArray> inputs) {
    INDArray first = inputs.get(0);
    INDArray image =
        org.nd4j.linalg.factory.Nd4j.zeros(
            DataType.DOUBLE, first.size(0), inputs.size(), first.size(1), first.size(2));
    IntStream.range(0, inputs.size())
        .forEach(i -> image.slice(i, 1).assign(inputs.get(i).castTo(DataType.DOUBLE)));
    return image;
  }
}
