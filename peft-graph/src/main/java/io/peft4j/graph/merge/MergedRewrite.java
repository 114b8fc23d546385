package io.peft4j.graph.merge;

import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.TaskRouter;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;

/** The backbone with merged layers: same streams, nothing to train, no adapter left. */
final class MergedRewrite implements Rewrite {
  private final TaskRouter router;
  private final Map<String, Merged> layers;

  /**
   * A rewrite that answers sites by merged layers.
   *
   * @param layers by {@link #key}
   */
  MergedRewrite(TaskRouter router, Map<String, Merged> layers) {
    this.router = router;
    this.layers = layers;
  }

  static String key(LinearSite site, Stream stream) {
    return stream.tag(site.path());
  }

  /** The merged layer of a site on a stream that answers it. */
  Merged layer(LinearSite site, Stream stream) {
    return layers.get(key(site, stream));
  }

  @Override
  public TaskRouter router() {
    return router;
  }

  @Override
  public SDVariable linear(LinearSite site, Emit emit) {
    Merged layer = layers.get(key(site, emit.stream()));
    if (layer == null) {
      return emit.next();
    }
    SDVariable weight = emit.frozen("merged.weight", layer::weight, site.out(), site.in());
    SDVariable bias = emit.frozen("merged.bias", layer::bias, site.out());
    return emit.ops().linear(emit.input(), weight, bias);
  }
}
