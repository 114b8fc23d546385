/** The conformance kit: laws that every adapter plugin and every backbone must keep. */
@NullMarked
package io.peft4j.testkit;

import org.jspecify.annotations.NullMarked;
