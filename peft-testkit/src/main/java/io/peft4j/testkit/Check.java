package io.peft4j.testkit;

import org.junit.jupiter.api.function.Executable;

/**
 * One law on one subject.
 *
 * @param group the subject: method, configuration and backbone
 * @param name the law
 * @param body throws an {@link AssertionError} if the law is broken, and {@link
 *     org.opentest4j.TestAbortedException} if it depends on another law that is
 */
public record Check(String group, String name, Executable body) {}
