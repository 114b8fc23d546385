package com.example.ssf;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import io.peft4j.api.routing.TaskRouter;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * SSF (Lian et al., NeurIPS 2022, equation 3): {@code y = gamma ⊙ x + beta} with {@code gamma, beta
 * [out]} after each selected linear layer. It starts as the backbone (gamma 1, beta 0), and peft4j
 * folds it into the weights without code from here.
 */
public final class SsfMethod implements PeftMethod {
  @Override
  public String id() {
    return "ssf";
  }

  @Override
  public Class<? extends Record> configType() {
    return SsfConfig.class;
  }

  @Override
  public String description() {
    return "scales and shifts the output of linear layers";
  }

  @Override
  public String reference() {
    return "Lian et al., Scaling and Shifting Your Features, NeurIPS 2022";
  }

  @Override
  public Rewrite bind(Record options, Backbone backbone, List<Task> tasks) {
    SsfConfig config = (SsfConfig) options;
    List<LinearSite> sites = config.sites().select(backbone);
    Set<String> selected = sites.stream().map(LinearSite::path).collect(Collectors.toSet());
    int copies = config.perTask() ? tasks.size() : 1;
    return new Rewrite() {
      @Override
      public TaskRouter router() {
        return config.perTask() ? TaskRouter.perTask() : TaskRouter.shared();
      }

      @Override
      public SDVariable linear(LinearSite site, Emit emit) {
        if (!selected.contains(site.path())) {
          return emit.next();
        }
        SDVariable gamma = emit.param("ssf_scale", Init.ones(), site.out());
        SDVariable beta = emit.param("ssf_shift", Init.zeros(), site.out());
        return emit.next().mul(gamma).add(beta);
      }

      @Override
      public OptionalLong declaredParameters() {
        return OptionalLong.of(copies * sites.stream().mapToLong(s -> 2L * s.out()).sum());
      }
    };
  }
}
