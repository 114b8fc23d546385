package io.peft4j.api.lowrank;

import com.google.common.collect.ImmutableMap;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.routing.Stream;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * How a method's trained state is told as low-rank updates, and made from them.
 *
 * <p>What is told in this form can be written as other libraries write it, and combined with others
 * of its kind, by code that knows no method.
 *
 * <p>Law: where {@link #fromLowRank} gives the method's state of one stream, {@link #toLowRank} of
 * it has the same updates, to the bit.
 *
 * <p>Safe for use by several threads.
 */
public interface LowRankForm {
  /**
   * A trained state as low-rank updates, which compute the same.
   *
   * @param config configuration of the method
   * @param state trained arrays by the names that the method gave them
   * @return one adapter a stream: the shared one, or one for each task
   * @throws io.peft4j.api.InputException if the state is no such updates, saying why
   */
  Map<Stream, LowRankAdapter> toLowRank(
      Record config, Backbone backbone, Map<String, INDArray> state);

  /**
   * The method's configuration and state that compute what low-rank updates do.
   *
   * @param adapters one adapter a stream: the shared one, or one for each task
   * @throws io.peft4j.api.InputException if the method has no such configuration on this backbone,
   *     naming what it cannot say
   */
  Adapted fromLowRank(Map<Stream, LowRankAdapter> adapters, Backbone backbone);

  /**
   * A method's configuration and state.
   *
   * @param config the configuration
   * @param state trained arrays by name
   */
  record Adapted(Record config, Map<String, INDArray> state) {
    /** Copies the map. */
    public Adapted {
      state = ImmutableMap.copyOf(state);
    }
  }
}
