package io.peft4j.adapters.folder;

import io.peft4j.adapters.Adapter;
import io.peft4j.graph.registry.ConfigBinder;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The {@code README.md} of an adapter: what it is, what it was trained on, how to make it again.
 */
final class ModelCard {
  private ModelCard() {}

  static String text(Adapter adapter, Form form, Map<String, INDArray> tensors, CardFacts facts) {
    StringBuilder card = new StringBuilder();
    card.append("---\n");
    card.append("base_model: ").append(adapter.backbone().id()).append('\n');
    card.append("library_name: ").append(form == Form.PORTABLE ? "peft" : "peft4j").append('\n');
    card.append("tags:\n- ").append(adapter.method()).append("\n- peft4j\n---\n\n");
    card.append("# ")
        .append(adapter.method())
        .append(" on ")
        .append(adapter.backbone().id())
        .append("\n\n");
    facts(adapter, tensors, facts).forEach((name, value) -> row(card, name, value));
    metrics(card, facts.metrics());
    card.append("\n## Options\n\n");
    ConfigBinder.toMap(adapter.config()).forEach((name, value) -> row(card, name, code(value)));
    if (!facts.again().isEmpty()) {
      card.append("\n## How to make it again\n\n```\n")
          .append(facts.again().replace("```", ""))
          .append("\n```\n");
    }
    if (adapter.recipe().isPresent()) {
      card.append(
          "\n"
              + "## To predict\n\n"
              + "```\n"
              + "./peft predict --run path/of/this/folder --image photo.jpg --out predictions\n"
              + "```\n");
    }
    if (form == Form.PORTABLE) {
      card.append(
          "\n"
              + "## In Python\n\n"
              + "```python\n"
              + "from peft import PeftModel\n\n"
              + "model = PeftModel.from_pretrained(backbone, \"path/of/this/folder\")\n"
              + "```\n");
    }
    return card.toString();
  }

  private static Map<String, String> facts(
      Adapter adapter, Map<String, INDArray> tensors, CardFacts given) {
    Map<String, String> facts = new java.util.LinkedHashMap<>();
    facts.put("Backbone", adapter.backbone().id());
    if (!adapter.backbone().hash().isEmpty()) {
      facts.put("Hash of its weights", code(adapter.backbone().hash()));
    }
    if (!adapter.tasks().isEmpty()) {
      facts.put("Tasks", Adapter.text(adapter.tasks()));
    }
    facts.put("Numbers in the adapter", numbers(tensors));
    if (!adapter.heads().isEmpty()) {
      facts.put("Numbers in the heads", numbers(adapter.heads()));
    }
    facts.putAll(given.facts());
    return facts;
  }

  private static void metrics(StringBuilder card, Map<String, Map<String, Double>> metrics) {
    if (metrics.isEmpty()) {
      return;
    }
    card.append("\n## Results\n\n| task | metric | value |\n| --- | --- | ---: |\n");
    metrics.forEach(
        (task, values) ->
            new TreeMap<>(values)
                .forEach(
                    (name, value) ->
                        card.append(
                            String.format(
                                Locale.ROOT, "| %s | %s | %.4f |\n", task, name, value))));
  }

  private static void row(StringBuilder card, String name, String value) {
    card.append("- ").append(name).append(": ").append(value.replace('\n', ' ')).append('\n');
  }

  private static String code(String value) {
    return value.isEmpty() ? "none" : "`" + value.replace("`", "'") + "`";
  }

  private static String numbers(Map<String, INDArray> arrays) {
    long count = arrays.values().stream().mapToLong(INDArray::length).sum();
    return String.format(Locale.ROOT, "%,d", count);
  }
}
