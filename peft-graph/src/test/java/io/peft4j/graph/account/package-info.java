/** Tests of counts against numbers worked out by hand. */
@NullMarked
package io.peft4j.graph.account;

import org.jspecify.annotations.NullMarked;
