package io.peft4j.ditask;

import io.peft4j.api.Shape;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.backbone.ImageInput;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Param.Kind;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.ops.AuditedOps;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A backbone of one linear layer: the image {@code [batch, 1, tokens, in]} is its input. */
record OneSite(Backbone backbone) {
  static final String IMAGE = "image";
  static final String SITE = "linear";
  static final List<Task> TASK = List.of(new Task("sal", 1));

  /** A layer with the given arrays, in double precision. */
  static OneSite of(INDArray weight, INDArray bias, int tokens) {
    int out = (int) weight.size(0);
    int in = (int) weight.size(1);
    SameDiff sd = SameDiff.create();
    SDVariable image = sd.placeHolder(IMAGE, DataType.DOUBLE, -1, 1, tokens, in);
    SDVariable x = image.reshape(-1, in).rename("rows");
    SDVariable w = sd.constant(SITE + ".weight", weight.castTo(DataType.DOUBLE));
    SDVariable b = sd.constant(SITE + ".bias", bias.castTo(DataType.DOUBLE));
    new AuditedOps(sd).linear(x, w, b).rename(SITE).reshape(-1, tokens, out).rename("features.0");
    // in a first block of two: no task has a transformation of its own here
    Place place = new Place(0, 0, 2, Role.ATTN_QKV);
    Place end = new Place(0, 1, 2, Role.STAGE_OUT);
    return new OneSite(
        Backbone.builder("one-site", sd, DataType.DOUBLE, new ImageInput(IMAGE, 1, tokens, in))
            .param(new Param(w.name(), place, Kind.WEIGHT, Shape.of(out, in)))
            .param(new Param(b.name(), place, Kind.BIAS, Shape.of(out)))
            .site(
                new LinearSite(
                    SITE,
                    place,
                    SITE,
                    "rows",
                    w.name(),
                    w.name(),
                    Optional.of(b.name()),
                    in,
                    out,
                    tokens))
            .feature(new Feature("features.0", end, out, 1, tokens))
            .build());
  }

  /** The layer under DiTASK; {@code options} as {@code name=value}, separated by blanks. */
  PeftModel adapt(String options) {
    Map<String, String> map = new HashMap<>(Map.of("targets", "all-linear"));
    for (String option : options.split(" ")) {
      String[] pair = option.split("=", 2);
      map.put(pair[0], pair[1]);
    }
    return Peft.adapt(backbone, "ditask", map, TASK);
  }

  /** The weight that a model multiplies by, {@code [out, in]}. */
  static INDArray weight(PeftModel model, INDArray bias) {
    int in = model.backbone().image().width();
    int tokens = model.backbone().image().height();
    if (in % tokens != 0) {
      throw new IllegalArgumentException("rows of the identity do not fill images");
    }
    INDArray image = Nd4j.eye(in).castTo(DataType.DOUBLE).reshape(in / tokens, 1, tokens, in);
    INDArray out = model.features(image).get("sal").get(0).dup().reshape(in, bias.length());
    return out.subRowVector(bias.castTo(DataType.DOUBLE)).transpose();
  }
}
