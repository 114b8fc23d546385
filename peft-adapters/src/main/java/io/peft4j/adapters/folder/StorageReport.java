package io.peft4j.adapters.folder;

import io.peft4j.adapters.Adapter;
import io.peft4j.api.backbone.Backbone;
import java.util.Collection;
import java.util.Locale;

/**
 * What the adapters of some tasks take on disk, against a full model for each of the tasks.
 *
 * @param tasks number of tasks
 * @param adapterBytes bytes of all adapters
 * @param headBytes bytes of all heads
 * @param backboneBytes bytes of the backbone, once
 */
public record StorageReport(int tasks, long adapterBytes, long headBytes, long backboneBytes) {
  private static final double MB = 1e6;

  /** The report of adapters of one backbone; one whose tasks are not known counts as one task. */
  public static StorageReport of(Collection<Adapter> adapters, Backbone on) {
    return of(
        adapters.stream().mapToInt(a -> Math.max(1, a.tasks().size())).sum(),
        adapters.stream().mapToLong(Adapter::stateBytes).sum(),
        adapters.stream().mapToLong(Adapter::headBytes).sum(),
        on);
  }

  /** The report of given bytes; the backbone may be without weights. */
  public static StorageReport of(int tasks, long adapterBytes, long headBytes, Backbone on) {
    long numbers = on.params().stream().mapToLong(p -> p.shape().size()).sum();
    return new StorageReport(tasks, adapterBytes, headBytes, numbers * on.dataType().width());
  }

  /** Bytes of the backbone once, and of adapters and heads. */
  public long sharedBytes() {
    return backboneBytes + adapterBytes + headBytes;
  }

  /** Bytes of one full model for each task, heads included. */
  public long fullBytes() {
    return tasks * backboneBytes + headBytes;
  }

  /** In one line. */
  public String text() {
    return String.format(
        Locale.ROOT,
        "%d task%s: adapters %.2f MB, heads %.2f MB; with the backbone %.2f MB, as full models %.2f"
            + " MB (%.1f times as much)",
        tasks,
        tasks == 1 ? "" : "s",
        adapterBytes / MB,
        headBytes / MB,
        sharedBytes() / MB,
        fullBytes() / MB,
        (double) fullBytes() / sharedBytes());
  }
}
