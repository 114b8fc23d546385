/** Tests of decompositions. */
@NullMarked
package io.peft4j.api.linalg;

import org.jspecify.annotations.NullMarked;
