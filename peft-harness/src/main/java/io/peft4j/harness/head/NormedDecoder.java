package io.peft4j.harness.head;

import io.peft4j.api.backbone.Cost;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.backbone.Param.Kind;
import io.peft4j.api.method.Init;
import io.peft4j.api.routing.Stream;
import io.peft4j.graph.emitted.TargetGraph;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * A decoder on normalised features: a layer norm (gain, offset, eps 1e-5) per stage, per task or
 * shared by the tasks, as in the Swin of Polyhistor's benchmark (Liu et al., NeurIPS 2022).
 *
 * <p>Parameters are named as there: {@code norm_<task>_<stage>.{weight,bias}}, {@code shared} in
 * place of the task; 2·ΣC_s for each set.
 *
 * @param decoder reads the normalised features
 * @param shared one set for all tasks instead of one each
 */
record NormedDecoder(Decoder decoder, boolean shared) implements Decoder {
  private static final double EPS = 1e-5;

  @Override
  public String id() {
    return decoder.id();
  }

  @Override
  public Head emit(HeadInput input) {
    Stream owner = shared ? Stream.SHARED : input.stream();
    List<Feature> normed = new ArrayList<>();
    for (Feature feature : input.features()) {
      normed.add(
          norm(input.target(), "norm_%s_%d".formatted(owner, normed.size()), owner, feature));
    }
    return decoder.emit(input.on(normed));
  }

  private static Feature norm(TargetGraph target, String path, Stream owner, Feature f) {
    String name = f.name() + "." + path;
    // Tasks that share a norm and read one feature share the value too.
    if (!target.graph().hasVariable(name)) {
      SDVariable rows = target.graph().getVariable(f.name()).reshape(-1, f.channels());
      SDVariable weight =
          target.decoderParam(path + ".weight", owner, Kind.NORM_WEIGHT, Init.ones(), f.channels());
      SDVariable bias =
          target.decoderParam(path + ".bias", owner, Kind.NORM_BIAS, Init.zeros(), f.channels());
      target.ops().layerNorm(rows, weight, bias, EPS).rename(name);
      long elements = (long) f.height() * f.width() * f.channels();
      target.cost(new Cost(name, Cost.Kind.NORM, 2 * elements));
    }
    return new Feature(name, f.place(), f.channels(), f.height(), f.width());
  }
}
