package io.peft4j.graph.rewrite;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peft4j.api.Shape;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.backbone.ImageInput;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.TaskRouter;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.ops.AuditedOps;
import io.peft4j.graph.toy.Toys;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;

/** Plugins nest through demand; a chain of sites as long as no network's does not overflow. */
class DeepGraphTest {
  private static final int LAYERS = 2000;

  @Test
  void aLongChainIsRewritten() {
    Rewrite scaled =
        Toys.linear(
            TaskRouter.shared(), (site, e) -> e.next().mul(e.param("scale", Init.ones(), 1)));
    PeftModel model = Toys.adapt(chain(), scaled, Toys.ONE_TASK);
    assertEquals(LAYERS, model.target().trainables().size());
    assertEquals(LAYERS, model.emission().adapted().size());
  }

  private static Backbone chain() {
    SameDiff sd = SameDiff.create();
    AuditedOps ops = new AuditedOps(sd);
    Backbone.Builder tables =
        Backbone.builder("chain", sd, DataType.FLOAT, new ImageInput("image", 1, 1, 1))
            .withoutWeights();
    SDVariable x = sd.placeHolder("image", DataType.FLOAT, -1, 1, 1, 1).reshape(-1, 1);
    for (int i = 0; i < LAYERS; i++) {
      String path = "layer" + i;
      Place place = new Place(0, i, LAYERS, Role.MLP_FC1);
      SDVariable weight = sd.placeHolder(path + ".weight", DataType.FLOAT, 1, 1);
      tables.param(new Param(weight.name(), place, Param.Kind.WEIGHT, Shape.of(1, 1)));
      String input = x.name();
      x = ops.linear(x, weight).rename(path);
      tables.site(
          new LinearSite(
              path, place, path, input, weight.name(), weight.name(), Optional.empty(), 1, 1, 1));
    }
    Place end = new Place(0, LAYERS - 1, LAYERS, Role.STAGE_OUT);
    x.reshape(-1, 1, 1).rename("features.0");
    return tables.feature(new Feature("features.0", end, 1, 1, 1)).build();
  }
}
