package io.peft4j.graph.registry;

import com.google.common.base.Throwables;
import io.peft4j.api.InputException;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Preset;
import java.lang.reflect.Modifier;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.Spliterator;
import java.util.regex.Pattern;

/** One pass over all providers, in which each fails alone. */
final class ProviderScan {
  private static final Pattern ID = Pattern.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*");

  /** Ends the scan where ServiceLoader fails without moving on (an unreadable class path). */
  private static final int MAX_FAILURES_IN_A_ROW = 1000;

  private final ClassLoader loader;
  private final List<MethodDescriptor> found;
  private final List<RegistryProblem> broken;
  private final Map<String, String> listed;
  private final Set<String> seen = new HashSet<>();

  ProviderScan(ClassLoader loader, List<MethodDescriptor> found, List<RegistryProblem> broken) {
    this.loader = loader;
    this.found = found;
    this.broken = broken;
    this.listed = ServiceFiles.providers(PeftMethod.class, loader);
  }

  void run() {
    Spliterator<ServiceLoader.Provider<PeftMethod>> providers =
        ServiceLoader.load(PeftMethod.class, loader).stream().spliterator();
    Set<String> unattributed = new HashSet<>();
    for (int failures = 0; failures < MAX_FAILURES_IN_A_ROW; ) {
      try {
        if (!providers.tryAdvance(this::examine)) {
          break;
        }
        failures = 0;
      } catch (Throwable e) {
        failures++;
        if (!attribute(rethrowFatal(e))) {
          unattributed.add(reason(e));
        }
      }
    }
    if (!explainUnseen()) {
      unattributed.forEach(
          message -> broken.add(new RegistryProblem("unknown", "unknown location", message)));
    }
  }

  private void examine(ServiceLoader.Provider<PeftMethod> provider) {
    Class<? extends PeftMethod> type = provider.type();
    seen.add(type.getName());
    try {
      if (Modifier.isAbstract(type.getModifiers())) {
        throw new IllegalArgumentException("the class is abstract");
      }
      found.add(describe(provider.get(), type));
    } catch (Throwable e) {
      broken.add(
          new RegistryProblem(
              type.getName(), ServiceFiles.location(type), reason(rethrowFatal(e))));
    }
  }

  private static MethodDescriptor describe(PeftMethod method, Class<?> type) {
    String id = present(method.id(), "id()");
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException(
          "id '%s' must be lower-case letters, digits and single dashes, starting with a letter"
              .formatted(id));
    }
    Class<? extends Record> config = present(method.configType(), "configType()");
    List<OptionSpec> options = ConfigBinder.options(config);
    ConfigBinder.defaults(config);
    return new MethodDescriptor(
        method,
        id,
        present(method.version(), "version()"),
        ServiceFiles.location(type),
        options,
        present(method.description(), "description()"),
        present(method.reference(), "reference()"),
        checked(present(method.presets(), "presets()"), config));
  }

  /** Presets bind like options that a user gives, or the provider is refused when it is found. */
  private static Map<String, Preset> checked(
      Map<String, Preset> presets, Class<? extends Record> config) {
    presets.forEach(
        (name, preset) -> {
          if (!ID.matcher(name).matches()) {
            throw new IllegalArgumentException(
                "preset '%s' must be lower-case letters, digits and single dashes".formatted(name));
          }
          bind(name, "", preset, config);
          preset.byFamily().keySet().forEach(family -> bind(name, family, preset, config));
        });
    return presets;
  }

  private static void bind(
      String name, String family, Preset preset, Class<? extends Record> config) {
    try {
      ConfigBinder.bind(config, preset.optionsFor(family));
    } catch (InputException e) {
      throw new IllegalArgumentException(
          "preset '%s'%s: %s"
              .formatted(name, family.isEmpty() ? "" : " on " + family, e.getMessage()),
          e);
    }
  }

  /** Plugins need not be compiled with null checks, so what they return is checked here. */
  private static <T> T present(T value, String what) {
    if (value == null) {
      throw new IllegalArgumentException(what + " returned null");
    }
    return value;
  }

  /** Names the provider of an error met between providers by the class that its message names. */
  private boolean attribute(Throwable error) {
    String message = String.valueOf(error.getMessage());
    for (Map.Entry<String, String> entry : listed.entrySet()) {
      String name = entry.getKey();
      if (!seen.contains(name)
          && Pattern.compile("(^|\\s)" + Pattern.quote(name) + "(\\s|$|:)")
              .matcher(message)
              .find()) {
        seen.add(name);
        broken.add(new RegistryProblem(name, entry.getValue(), reason(error)));
        return true;
      }
    }
    return false;
  }

  /**
   * Says why listed providers were neither offered nor named in an error; a linkage error names the
   * class that is missing, not the provider that misses it.
   */
  private boolean explainUnseen() {
    boolean explained = false;
    for (Map.Entry<String, String> entry : listed.entrySet()) {
      if (seen.add(entry.getKey())) {
        try {
          Class.forName(entry.getKey(), false, loader);
        } catch (ClassNotFoundException | LinkageError e) {
          broken.add(new RegistryProblem(entry.getKey(), entry.getValue(), reason(e)));
          explained = true;
        }
      }
    }
    return explained;
  }

  private static Throwable rethrowFatal(Throwable error) {
    if (error instanceof VirtualMachineError && !(error instanceof StackOverflowError)) {
      throw (VirtualMachineError) error;
    }
    return error;
  }

  /** One line: what ServiceLoader says, without its prefix, and the cause below it. */
  private static String reason(Throwable error) {
    String message = error.getMessage();
    if (message == null || error instanceof LinkageError) {
      return error.toString(); // its message is a bare name
    }
    if (error instanceof ServiceConfigurationError) {
      String prefix = PeftMethod.class.getName() + ": ";
      message = message.startsWith(prefix) ? message.substring(prefix.length()) : message;
      Throwable root = Throwables.getRootCause(error);
      message += root == error ? "" : " (" + root + ")";
    }
    return message.replace('\n', ' ');
  }
}
