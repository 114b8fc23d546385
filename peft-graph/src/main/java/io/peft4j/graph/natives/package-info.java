/** What ND4J's native libraries need before they load, and what they turned out to do. */
@NullMarked
package io.peft4j.graph.natives;

import org.jspecify.annotations.NullMarked;
