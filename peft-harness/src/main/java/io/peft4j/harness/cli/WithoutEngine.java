package io.peft4j.harness.cli;

/** A command that needs no ND4J, whose natives are not prepared for it. */
interface WithoutEngine {}
