package io.peft4j.graph.toy;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import io.peft4j.api.routing.TaskRouter;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import java.util.Arrays;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/** Methods for the toy. */
public final class Toys {
  public static final List<Task> ONE_TASK = tasks("a");
  public static final List<Task> TWO_TASKS = tasks("a", "b");
  public static final int RANK = 2;

  private Toys() {}

  /** A configuration without options. */
  public record NoOptions() {}

  /** A rule for linear sites. */
  @FunctionalInterface
  public interface LinearRule {
    SDVariable answer(LinearSite site, Emit emit);
  }

  public static List<Task> tasks(String... names) {
    return Arrays.stream(names).map(n -> new Task(n, 2)).toList();
  }

  /** Leaves everything alone. */
  public static Rewrite identity(TaskRouter router) {
    return linear(router, (site, emit) -> emit.next());
  }

  /** A rule at linear sites alone. */
  public static Rewrite linear(TaskRouter router, LinearRule rule) {
    return new Rewrite() {
      @Override
      public TaskRouter router() {
        return router;
      }

      @Override
      public SDVariable linear(LinearSite site, Emit emit) {
        return rule.answer(site, emit);
      }
    };
  }

  /** {@code next + x A B} at every linear site. */
  public static Rewrite lora(TaskRouter router) {
    return linear(router, (site, emit) -> emit.next().add(branch(site, emit, emit.input())));
  }

  /** {@code x A B} with parameters of the site and stream, neither of which starts as zero. */
  public static SDVariable branch(LinearSite site, Emit emit, SDVariable x) {
    SDVariable a = emit.param("lora_A", Init.normal(0.5), RANK, site.in());
    SDVariable b = emit.param("lora_B", Init.normal(0.5), site.out(), RANK);
    return emit.ops().linear(emit.ops().linear(x, a), b);
  }

  public static PeftModel adapt(Backbone backbone, Rewrite rewrite, List<Task> tasks) {
    return Peft.adapt(backbone, method(rewrite), new NoOptions(), tasks, 7);
  }

  public static PeftMethod method(Rewrite rewrite) {
    return new PeftMethod() {
      @Override
      public String id() {
        return "toy";
      }

      @Override
      public Class<? extends Record> configType() {
        return NoOptions.class;
      }

      @Override
      public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
        return rewrite;
      }
    };
  }
}
