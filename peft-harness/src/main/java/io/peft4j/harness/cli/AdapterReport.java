package io.peft4j.harness.cli;

import io.peft4j.adapters.folder.AdapterFolder;
import io.peft4j.adapters.folder.StorageReport;
import io.peft4j.backbones.Backbones;
import io.peft4j.backbones.checkpoint.Checkpoint;
import io.peft4j.backbones.weights.WeightSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What {@code peft inspect} tells of an adapter's folder.
 *
 * @param tasks tasks in text; empty if the folder does not say
 * @param options the configuration as it stands in the file
 * @param storage bytes against full models; null if the backbone is not known here
 */
record AdapterReport(
    String folder,
    String method,
    String form,
    String backbone,
    String backboneHash,
    String stages,
    String tasks,
    Map<String, Object> options,
    List<Tensor> tensors,
    @Nullable StorageReport storage) {
  /** A tensor of the adapter. */
  record Tensor(String name, String type, String shape, long bytes) {
    static Tensor of(String name, Checkpoint.Entry entry) {
      long bytes = entry.shape().size() * entry.type().bytes();
      return new Tensor(name, entry.type().name(), entry.shape().toString(), bytes);
    }
  }

  static AdapterReport of(AdapterFolder folder) {
    return new AdapterReport(
        folder.path().toString(),
        folder.method(),
        folder.isPortable() ? "portable" : "native",
        folder.backbone().id(),
        folder.backbone().hash(),
        folder.backbone().stages().toString(),
        folder.tasks(),
        new TreeMap<>(folder.config().values()),
        folder.tensors().entries().entrySet().stream()
            .map(e -> Tensor.of(e.getKey(), e.getValue()))
            .toList(),
        storage(folder));
  }

  private static @Nullable StorageReport storage(AdapterFolder folder) {
    String id = folder.backbone().id();
    if (!Backbones.names().contains(id)) {
      return null;
    }
    int tasks = folder.tasks().isEmpty() ? 1 : folder.tasks().split(",").length;
    long adapter =
        folder.tensors().entries().values().stream()
            .mapToLong(e -> e.shape().size() * e.type().bytes())
            .sum();
    return StorageReport.of(
        tasks,
        adapter,
        folder.headBytes(),
        Backbones.named(id).build(WeightSource.shapesOnly(), DataType.FLOAT));
  }

  String text() {
    StringBuilder text = new StringBuilder();
    text.append("%s: %s in %s form%n".formatted(folder, method, form));
    text.append(
        backbone.isEmpty()
            ? "the folder does not say for which backbone\n"
            : "for %s %s, stages %s%n".formatted(backbone, backboneHash, stages));
    text.append(tasks.isEmpty() ? "" : "tasks " + tasks + "\n");
    options.forEach((key, value) -> text.append("  %s: %s%n".formatted(key, value)));
    Columns table = new Columns("", 3);
    tensors.forEach(t -> table.row(t.name(), t.type(), t.shape(), t.bytes()));
    text.append(table);
    text.append(storage == null ? "" : storage.text());
    return text.toString();
  }
}
