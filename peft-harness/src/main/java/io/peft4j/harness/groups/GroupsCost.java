package io.peft4j.harness.groups;

import io.peft4j.api.accounting.MacReport;
import io.peft4j.api.accounting.ParameterReport;
import io.peft4j.harness.train.MultiTaskModel;

/**
 * What a model of TGLoRA costs.
 *
 * @param trainable parameters that are trained, decoders included
 * @param backboneTrainable these without the decoders
 * @param macsConvention multiply-accumulates of one image by the papers' convention
 * @param macsFull these with attention products and adapters
 */
public record GroupsCost(
    long trainable, long backboneTrainable, long macsConvention, long macsFull) {
  static GroupsCost of(MultiTaskModel model) {
    ParameterReport parameters = model.parameters();
    MacReport macs = model.macs();
    return new GroupsCost(
        parameters.trainable(), parameters.backboneTrainable(), macs.convention(), macs.full());
  }
}
