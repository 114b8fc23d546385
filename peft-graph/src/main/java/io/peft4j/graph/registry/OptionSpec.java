package io.peft4j.graph.registry;

/**
 * An option of a method, for listings.
 *
 * @param name name of the record component
 * @param type what its text form is: {@code int}, {@code number}, {@code true|false}, {@code text},
 *     the constants of an enum, {@code list of …}, {@code map of text=…}
 * @param defaultText the default in the text form
 * @param description one line
 */
public record OptionSpec(String name, String type, String defaultText, String description) {}
