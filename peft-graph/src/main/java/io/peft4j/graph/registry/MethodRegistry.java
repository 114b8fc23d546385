package io.peft4j.graph.registry;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The methods found by {@link java.util.ServiceLoader}.
 *
 * <p>One broken provider never hides the others: what is wrong with it is kept in {@link
 * #problems()}. Two providers with one id are both refused, whichever comes first on the class
 * path. Nothing found activates itself.
 */
public final class MethodRegistry {
  private static final Logger LOG = LoggerFactory.getLogger(MethodRegistry.class);

  private final ImmutableSortedMap<String, MethodDescriptor> methods;
  private final ImmutableSortedMap<String, List<MethodDescriptor>> duplicates;
  private final ImmutableList<RegistryProblem> problems;

  private MethodRegistry(List<MethodDescriptor> found, List<RegistryProblem> broken) {
    Map<String, List<MethodDescriptor>> byId =
        found.stream()
            .collect(
                Collectors.groupingBy(MethodDescriptor::id, TreeMap::new, Collectors.toList()));
    ImmutableSortedMap.Builder<String, MethodDescriptor> unique = ImmutableSortedMap.naturalOrder();
    ImmutableSortedMap.Builder<String, List<MethodDescriptor>> clashing =
        ImmutableSortedMap.naturalOrder();
    ImmutableList.Builder<RegistryProblem> all = ImmutableList.builder();
    all.addAll(broken);
    byId.forEach(
        (id, claims) -> {
          if (claims.size() == 1) {
            unique.put(id, claims.get(0));
          } else {
            clashing.put(id, claims);
            claims.forEach(
                c ->
                    all.add(
                        new RegistryProblem(
                            c.method().getClass().getName(), c.location(), clash(id, claims))));
          }
        });
    this.methods = unique.buildOrThrow();
    this.duplicates = clashing.buildOrThrow();
    this.problems = all.build();
    methods
        .values()
        .forEach(m -> LOG.debug("method {} {} in {}", m.id(), m.version(), m.location()));
    problems.forEach(p -> LOG.warn("method refused: {}", p));
  }

  /** What the thread's context class loader sees, or this class's loader where there is none. */
  public static MethodRegistry discover() {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    return discover(context == null ? MethodRegistry.class.getClassLoader() : context);
  }

  /** What {@code loader} sees. */
  public static MethodRegistry discover(ClassLoader loader) {
    List<MethodDescriptor> found = new ArrayList<>();
    List<RegistryProblem> broken = new ArrayList<>();
    new ProviderScan(loader, found, broken).run();
    return new MethodRegistry(found, broken);
  }

  /** Usable methods, by id. */
  public List<MethodDescriptor> methods() {
    return methods.values().asList();
  }

  /** Providers that cannot be used, and why. */
  public List<RegistryProblem> problems() {
    return problems;
  }

  /**
   * The method with this id, whatever the case of its letters.
   *
   * @throws InputException if there is none (naming the nearest), or if several claim the id
   *     (naming their jars)
   */
  public MethodDescriptor get(String id) {
    String wanted = id.strip().toLowerCase(Locale.ROOT);
    MethodDescriptor found = methods.get(wanted);
    if (found != null) {
      return found;
    }
    List<MethodDescriptor> claims = duplicates.get(wanted);
    if (claims != null) {
      throw new InputException(clash(wanted, claims) + "; remove one of them");
    }
    throw new InputException("unknown method '%s'%s%s".formatted(id, hint(wanted), brokenNote()));
  }

  /**
   * The method that something was made with.
   *
   * @param id its id
   * @param madeWith the plugin that it came from, if that was recorded
   * @throws InputException if it is not there, naming the plugin that is missing and how to get it
   */
  public MethodDescriptor get(String id, Optional<PluginMark> madeWith) {
    String wanted = id.strip().toLowerCase(Locale.ROOT);
    if (methods.containsKey(wanted) || duplicates.containsKey(wanted)) {
      return get(id);
    }
    throw new InputException(
        madeWith
            .map(
                mark ->
                    "method '%s' is not on the class path: it was made with %s; %s%s"
                        .formatted(id, mark.text(), mark.remedy(), brokenNote()))
            .orElseGet(
                () ->
                    "method '%s' is not on the class path, and it is not recorded which plugin it"
                            .formatted(id)
                        + " was made with; name that plugin's jar in PEFT_PLUGINS, in a program add"
                        + " it as a dependency"
                        + brokenNote()));
  }

  private String hint(String wanted) {
    return methods.isEmpty()
        ? "; none is on the class path"
        : NearestName.hint(wanted, methods.keySet());
  }

  private String brokenNote() {
    return problems.isEmpty()
        ? ""
        : " (%d provider%s could not be used; first: %s)"
            .formatted(problems.size(), problems.size() == 1 ? "" : "s", problems.get(0));
  }

  private static String clash(String id, List<MethodDescriptor> claims) {
    return "method id '%s' is claimed by %s"
        .formatted(
            id,
            claims.stream()
                .map(c -> c.method().getClass().getName() + " in " + c.location())
                .collect(Collectors.joining(" and by ")));
  }
}
