package io.peft4j.harness.pretrain;

import io.peft4j.harness.data.ObjectsData;
import io.peft4j.harness.head.ClassifierDecoder;
import io.peft4j.harness.head.Decoder;
import io.peft4j.harness.head.HeadInput;

/**
 * The classifier for the object's name, another decoder for what is painted.
 *
 * @param painter decoder of the dense tasks
 */
record PretrainDecoder(Decoder painter) implements Decoder {
  private static final Decoder CLASSIFIER = new ClassifierDecoder();

  @Override
  public String id() {
    return "pretrain";
  }

  @Override
  public Head emit(HeadInput input) {
    Decoder decoder = input.task().name().equals(ObjectsData.TASK) ? CLASSIFIER : painter;
    return decoder.emit(input);
  }
}
