package io.peft4j.api.backbone;

/**
 * The image placeholder {@code [batch, channels, height, width]} of a backbone.
 *
 * @param name name of the placeholder
 * @param channels colour channels
 * @param height height in pixels
 * @param width width in pixels
 */
public record ImageInput(String name, int channels, int height, int width) {}
