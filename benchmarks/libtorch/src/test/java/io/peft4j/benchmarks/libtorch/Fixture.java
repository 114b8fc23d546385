package io.peft4j.benchmarks.libtorch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Golden values of the reference code. */
final class Fixture {
  private Fixture() {}

  static ExchangeFile open(String name) throws IOException {
    String folder = Objects.requireNonNull(System.getProperty("peft.fixtures"), "peft.fixtures");
    return new ExchangeFile(Path.of(folder, name + ".safetensors"));
  }

  static Tensor tensor(ExchangeFile file, String name) {
    try {
      return file.tensor(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Relative difference in norm. */
  static double difference(Tensor mine, Tensor golden) {
    Tensor right = golden.to(torch.ScalarType.Double);
    Tensor gap = mine.detach().to(torch.ScalarType.Double).reshape(right.sizes()).sub(right);
    return gap.norm().item_double() / right.norm().item_double();
  }
}
