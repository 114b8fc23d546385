/** What tests of methods need to compare a site with a function written out in plain Java. */
@NullMarked
package io.peft4j.baselines.oracle;

import org.jspecify.annotations.NullMarked;
