/** Results as tables, pictures and plots. */
@NullMarked
package io.peft4j.harness.report;

import org.jspecify.annotations.NullMarked;
