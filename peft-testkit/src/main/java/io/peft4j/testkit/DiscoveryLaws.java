package io.peft4j.testkit;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import io.peft4j.graph.registry.ConfigBinder;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.OptionSpec;
import java.util.List;
import java.util.Map;

/** Laws about a method that need no backbone: how it is found and configured. */
final class DiscoveryLaws {
  static final ImmutableList<Law<Discovered>> ALL =
      ImmutableList.of(
          new Law<>("is discovered through ServiceLoader by its id", DiscoveryLaws::discovered),
          new Law<>("describes itself and every option", DiscoveryLaws::described),
          new Law<>("has a valid default configuration", DiscoveryLaws::defaults),
          new Law<>("has configurations that survive being written as text", DiscoveryLaws::text),
          new Law<>("answers an unknown option with the nearest one", DiscoveryLaws::unknown),
          new Law<>("refuses values out of range", DiscoveryLaws::range));

  private DiscoveryLaws() {}

  private static void discovered(Discovered d) {
    try {
      d.descriptor();
    } catch (RuntimeException e) {
      throw Failure.of(
          e.getMessage(),
          "annotate the method with @AutoService(PeftMethod.class) or list it in"
              + " META-INF/services/io.peft4j.api.method.PeftMethod; the class must be public,"
              + " not abstract, with a public constructor without arguments",
          e);
    }
  }

  private static void described(Discovered d) {
    MethodDescriptor method = d.descriptorOrSkip();
    Failure.unless(
        !method.description().isBlank() && !method.description().contains("\n"),
        "description() is '" + method.description() + "'",
        "say in one line what the method does");
    Failure.unless(
        !method.reference().isBlank(),
        "reference() is blank",
        "name the paper and its venue, or say that there is none");
    for (OptionSpec option : method.options()) {
      Failure.unless(
          !option.description().isBlank(),
          "option " + option.name() + " has no description",
          "give its @Option a value");
    }
  }

  private static void defaults(Discovered d) {
    configure(d, Map.of());
  }

  private static void text(Discovered d) {
    for (Variant variant : d.spec().variants()) {
      Record config = configure(d, variant.options());
      Map<String, String> text = ConfigBinder.toMap(config);
      Record again = ConfigBinder.bind(config.getClass(), text);
      Failure.unless(
          config.equals(again),
          "%s was written as %s and read as %s".formatted(config, text, again),
          "components must have equals() by value: lists and maps copied by the compact"
              + " constructor, no arrays");
    }
  }

  private static void unknown(Discovered d) {
    List<String> names = d.descriptorOrSkip().options().stream().map(OptionSpec::name).toList();
    String near = names.isEmpty() ? "" : names.get(0);
    // Two letters too many: near to one option, equal to none.
    String wrong = near + "xx";
    try {
      d.descriptorOrSkip().configure(Map.of(wrong, "1"));
    } catch (InputException e) {
      Failure.unless(
          e.getMessage().contains(near),
          "option '%s' was refused by '%s', which does not name '%s'"
              .formatted(wrong, e.getMessage(), near),
          "choose option names of at least three letters, so that slips can be told");
      return;
    }
    throw Failure.of(
        "option '" + wrong + "' was accepted", "let the configuration be bound by ConfigBinder");
  }

  private static void range(Discovered d) {
    MethodDescriptor method = d.descriptorOrSkip();
    for (Map<String, String> options : d.spec().refused()) {
      Record config;
      try {
        config = method.configure(options);
      } catch (InputException e) {
        String value = options.values().iterator().next();
        Failure.unless(
            e.getMessage().contains(value),
            "%s was refused by '%s', which does not show the value"
                .formatted(options, e.getMessage()),
            "name the option, its value and the fix in the message");
        continue;
      } catch (RuntimeException e) {
        throw Failure.of(
            "%s was refused by %s".formatted(options, e),
            "throw InputException from the compact constructor",
            e);
      }
      throw Failure.of(
          "%s was accepted: %s".formatted(options, config),
          "check the range in the compact constructor of " + config.getClass().getSimpleName());
    }
  }

  private static Record configure(Discovered d, Map<String, String> options) {
    try {
      return d.descriptorOrSkip().configure(options);
    } catch (InputException e) {
      throw Failure.of(
          "the configuration %s is refused: %s".formatted(options, e.getMessage()),
          "give every component an @Option whose default the compact constructor accepts",
          e);
    }
  }
}
