package io.peft4j.harness.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Optional;

/**
 * Signals of the operating system, by {@code sun.misc.Signal}. A shutdown hook would not do: the
 * virtual machine hears no second signal while hooks run. It is used by reflection, since compilers
 * warn of its name, and where it is missing signals do what they always do.
 */
final class Signals {
  private static final String SIGNAL = "sun.misc.Signal";
  private static final String HANDLER = "sun.misc.SignalHandler";

  private Signals() {}

  /** What is called on a thread of its own when a signal arrives. */
  @FunctionalInterface
  interface Handler {
    /**
     * A signal has arrived.
     *
     * @param name without SIG, such as {@code TERM}
     * @param number its number
     */
    void arrived(String name, int number);
  }

  /**
   * Handles a signal from now on.
   *
   * @param name without SIG, such as {@code TERM}
   * @return restores what handled it before; empty if it cannot be handled here, since the system
   *     has no such signal or it is left to the virtual machine ({@code -Xrs})
   */
  static Optional<Runnable> handle(String name, Handler handler) {
    try {
      Class<?> type = Class.forName(HANDLER);
      Object signal = Class.forName(SIGNAL).getConstructor(String.class).newInstance(name);
      Method getNumber = signal.getClass().getMethod("getNumber");
      InvocationHandler calls =
          (proxy, method, arguments) ->
              switch (method.getName()) {
                case "handle" -> {
                  handler.arrived(name, (int) getNumber.invoke(arguments[0]));
                  yield null;
                }
                case "equals" -> proxy == arguments[0];
                case "hashCode" -> System.identityHashCode(proxy);
                default -> "handler of " + name;
              };
      Object ours =
          Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {type}, calls);
      Object before = set(signal, type, ours);
      return Optional.of(() -> restore(signal, type, before));
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static void restore(Object signal, Class<?> type, Object handler) {
    try {
      set(signal, type, handler);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot restore the handler of " + signal, e);
    }
  }

  private static Object set(Object signal, Class<?> type, Object handler)
      throws ReflectiveOperationException {
    try {
      return signal
          .getClass()
          .getMethod("handle", signal.getClass(), type)
          .invoke(null, signal, handler);
    } catch (InvocationTargetException e) {
      // A signal that may not be handled.
      throw new ReflectiveOperationException(e.getCause());
    }
  }
}
