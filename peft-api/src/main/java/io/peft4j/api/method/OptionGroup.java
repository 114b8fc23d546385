package io.peft4j.api.method;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a component of a configuration record that is a record of {@link Option}s itself, which
 * several methods have: which sites are adapted, the shape of a bottleneck. Its options are listed
 * and set like the method's own, in its place; no two of them may have one name.
 *
 * <pre>{@code
 * public record LoraConfig(
 *     @Option(value = "rank", byDefault = "8") int rank,
 *     @OptionGroup(defaults = "targets=qkv") SiteSelector sites) {}
 * }</pre>
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface OptionGroup {
  /** Defaults of this method that differ from the group's, written {@code name=text}. */
  String[] defaults() default {};
}
