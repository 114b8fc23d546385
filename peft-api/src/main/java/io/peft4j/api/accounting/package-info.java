/** What an adapted model costs: parameters and multiply-accumulates. */
@NullMarked
package io.peft4j.api.accounting;

import org.jspecify.annotations.NullMarked;
