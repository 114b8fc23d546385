package io.peft4j.api.accounting;

/**
 * Multiply-accumulates of one forward pass over one image, all tasks.
 *
 * @param convention what the papers publish: linear and convolution layers, 2 per layer-norm
 *     element, 1 per attention-softmax element, 4 per batch-norm element; each as often as there
 *     are streams that compute it; no attention products, no adapter branches
 * @param full {@code convention} and the attention products and adapter branches
 */
public record MacReport(long convention, long full) {}
