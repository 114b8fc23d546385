package io.peft4j.graph.merge;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A linear layer after merging.
 *
 * @param weight {@code [out, in]}
 * @param bias {@code [out]}; zeros where the layer has none
 */
record Merged(INDArray weight, INDArray bias) {}
