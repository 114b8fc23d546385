/** The stable interface of peft4j: what a plugin author and a backbone author read. */
@NullMarked
package io.peft4j.api;

import org.jspecify.annotations.NullMarked;
