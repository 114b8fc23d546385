/** What an adapter plugin is: a provider, its configuration record, and the rewrite it binds. */
@NullMarked
package io.peft4j.api.method;

import org.jspecify.annotations.NullMarked;
