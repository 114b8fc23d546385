package io.peft4j.baselines;

/** Configuration of decoders-only training: there is nothing to choose. */
public record DecodersOnlyConfig() {}
