package io.peft4j.api.method;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Describes a component of a configuration record, so that it can be listed and set by name.
 *
 * <p>Component types: {@code int}, {@code long}, {@code double}, {@code boolean}, {@code String},
 * enums, {@code List} of these, {@code Map<String, Integer|Double|String>}. In text, list elements
 * are separated by commas and map entries written {@code key=value}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Option {
  /** One line that says what the option does. */
  String value();

  /** The default, in the text form; {@code ""} is the empty string, list or map. */
  String byDefault();
}
