package io.peft4j.benchmarks.libtorch;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** A work rebuilt from the exchange file: the same weights under the same names. */
final class Work implements AutoCloseable {
  private static final String WEIGHT = "weight.";
  private static final String GRADIENT = "grad.";

  private final ExchangeFile file;
  private final torch.ScalarType type;
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();
  private final Map<String, Tensor> trainables = new LinkedHashMap<>();
  private final boolean forwardOnly;
  private final double scale;
  private final Tensor image;
  private final @Nullable Tensor label;
  private final Swin swin;

  /**
   * Reads a work.
   *
   * @throws IllegalArgumentException if it is not one that this side computes
   */
  Work(Path path, torch.ScalarType type) throws IOException {
    this.file = new ExchangeFile(path);
    this.type = type;
    this.forwardOnly = file.has("output");
    JsonNode options = file.object("options");
    String method = file.fact("method");
    if (!method.equals("lora") && !method.equals("full")) {
      throw new IllegalArgumentException("libtorch's side has no method " + method);
    }
    if (file.names().stream().anyMatch(n -> n.startsWith(WEIGHT + "decoders."))) {
      throw new IllegalArgumentException("libtorch's side has no dense heads");
    }
    this.scale =
        method.equals("lora")
            ? options.get("alpha").asDouble() / options.get("rank").asDouble()
            : Double.NaN;
    this.image = read("image");
    String task = file.object("tasks").fieldNames().next();
    this.label = forwardOnly ? null : read("label." + task).flatten().to(torch.ScalarType.Long);
    // Before any scope of a step, which would let go of what is read within it.
    file.names().stream()
        .filter(n -> n.startsWith(WEIGHT))
        .forEach(n -> parameter(n.substring(WEIGHT.length())));
    this.swin =
        new Swin(
            Swin.depths(parameters.keySet()),
            image.size(2),
            image.size(3),
            this::parameter,
            this::layer);
  }

  private Tensor read(String name) {
    try {
      Tensor tensor = file.tensor(name);
      return type == torch.ScalarType.Float ? tensor : tensor.to(type);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Tensor parameter(String name) {
    Tensor known = parameters.get(name);
    if (known != null) {
      return known;
    }
    Tensor parameter = read(WEIGHT + name);
    if (file.has(GRADIENT + name)) {
      parameter.set_requires_grad(true);
      trainables.put(name, parameter);
    }
    parameters.put(name, parameter);
    return parameter;
  }

  private Layer layer(String path) {
    String bias = path + ".bias";
    boolean adapted = file.has(WEIGHT + path + ".lora_A");
    Tensor weight = parameter(path + ".weight");
    if (adapted && forwardOnly) {
      Tensor change = parameter(path + ".lora_B").mm(parameter(path + ".lora_A"));
      weight = weight.add(change, new Scalar(scale));
      parameters.put(path + ".weight", weight);
    }
    Layer.Linear linear =
        new Layer.Linear(weight, file.has(WEIGHT + bias) ? parameter(bias) : null);
    return adapted && !forwardOnly
        ? new Layer.Lora(linear, parameter(path + ".lora_A"), parameter(path + ".lora_B"), scale)
        : linear;
  }

  boolean isForwardOnly() {
    return forwardOnly;
  }

  /** What is trained, by the names of the exchange file. */
  Map<String, Tensor> trainables() {
    return trainables;
  }

  /** The file that it was read from. */
  ExchangeFile file() {
    return file;
  }

  /** Logits, without a record for the way back. */
  @SuppressWarnings("try") // a scope or mode is in force, not used
  Tensor predict(Attention attention) {
    try (InferenceMode mode = new InferenceMode(true)) {
      return swin.logits(image, attention);
    }
  }

  /** The mean cross entropy. */
  Tensor loss(Attention attention) {
    return Scopes.result(() -> torch.cross_entropy(swin.logits(image, attention), label));
  }

  /** Loss and gradients, or the output, by the names of the exchange file. */
  Map<String, Tensor> results(Attention attention) {
    Map<String, Tensor> results = new LinkedHashMap<>();
    if (forwardOnly) {
      results.put("output", predict(attention).clone());
      return results;
    }
    Tensor loss = loss(attention);
    loss.backward();
    results.put("loss", loss.detach().reshape(1));
    trainables.forEach(
        (name, parameter) -> {
          Tensor gradient = parameter.grad();
          results.put(
              GRADIENT + name, gradient.defined() ? gradient.clone() : torch.zeros_like(parameter));
          parameter.mutable_grad().reset();
        });
    file.names().stream()
        .filter(n -> n.startsWith(GRADIENT) && !results.containsKey(n))
        .findFirst()
        .ifPresent(
            n -> {
              throw new IllegalArgumentException("there is no parameter for " + n);
            });
    return results;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
