/** DiTASK: singular values moved by diffeomorphisms. */
@NullMarked
package io.peft4j.ditask;

import org.jspecify.annotations.NullMarked;
