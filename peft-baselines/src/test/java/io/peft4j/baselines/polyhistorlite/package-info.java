/** Tests of Polyhistor-Lite. */
@NullMarked
package io.peft4j.baselines.polyhistorlite;

import org.jspecify.annotations.NullMarked;
