/** Low-rank updates of linear layers, the form in which methods and formats of files meet. */
@NullMarked
package io.peft4j.api.lowrank;

import org.jspecify.annotations.NullMarked;
