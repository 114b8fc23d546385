package io.peft4j.api.backbone;

/**
 * Features that a stage hands to the decoders, as tokens {@code [batch, height·width, channels]}.
 *
 * @param name variable in the graph
 * @param place where it is computed, role {@code stage.out}
 * @param channels channels per token
 * @param height rows of the token grid
 * @param width columns of the token grid
 */
public record Feature(String name, Place place, int channels, int height, int width) {}
