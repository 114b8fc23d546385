package io.peft4j.adapters.merge;

import com.google.common.collect.ImmutableMap;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.peft4j.api.InputException;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.backbones.safetensors.SafetensorsFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The bits in which two checkpoints differ: what undoes a merge exactly, where subtracting the
 * update would round.
 *
 * @param bits for each changed tensor the exclusive or of its elements' bits, as {@code INT32} of
 *     the tensor's shape
 * @param merged hash of the checkpoint that the patch is for
 */
public record BitPatch(Map<String, INDArray> bits, String merged) {
  private static final String FOR = "merged";

  /** Copies the map. */
  public BitPatch {
    bits = ImmutableMap.copyOf(bits);
  }

  /**
   * The patch that makes {@code before} of {@code merged}.
   *
   * @throws IllegalArgumentException unless both have the same tensors in single precision
   */
  public static BitPatch between(Map<String, INDArray> before, Map<String, INDArray> merged) {
    Map<String, INDArray> bits = new TreeMap<>();
    merged.forEach(
        (name, array) -> {
          int[] difference = xor(before.get(name), array);
          if (Arrays.stream(difference).anyMatch(d -> d != 0)) {
            bits.put(name, Nd4j.createFromArray(difference).reshape(array.shape()));
          }
        });
    return new BitPatch(bits, hash(merged));
  }

  /** Writes it. */
  public void write(Path file) {
    Safetensors.write(file, bits, Map.of(FOR, merged));
  }

  /**
   * Reads it.
   *
   * @throws InputException if the file is none
   */
  public static BitPatch read(Path file) {
    try (SafetensorsFile opened = SafetensorsFile.open(file)) {
      String hash = opened.metadata().get(FOR);
      Map<String, INDArray> bits = opened.readAll();
      if (hash == null || bits.values().stream().anyMatch(b -> b.dataType() != DataType.INT32)) {
        throw new InputException(file + ": is no file that undoes a merge");
      }
      return new BitPatch(bits, hash);
    }
  }

  /**
   * The checkpoint before it was merged, to the bit.
   *
   * @param merged the merged checkpoint
   * @throws InputException if it is not the one that the patch was made for
   */
  public Map<String, INDArray> undo(Map<String, INDArray> merged) {
    String found = hash(merged);
    if (!found.equals(this.merged)) {
      throw new InputException(
          "the patch undoes the merge of another checkpoint: of hash %s, not %s"
              .formatted(this.merged, found));
    }
    Map<String, INDArray> before = new LinkedHashMap<>(merged);
    bits.forEach(
        (name, difference) -> {
          INDArray array = merged.get(name);
          if (array == null || !Arrays.equals(array.shape(), difference.shape())) {
            throw new InputException("the patch changes %s, which is not there".formatted(name));
          }
          float[] values = array.dup('c').data().asFloat();
          int[] flips = difference.dup('c').data().asInt();
          for (int i = 0; i < values.length; i++) {
            values[i] = Float.intBitsToFloat(Float.floatToRawIntBits(values[i]) ^ flips[i]);
          }
          before.put(name, Nd4j.createFromArray(values).reshape(array.shape()));
        });
    return before;
  }

  private static int[] xor(INDArray x, INDArray y) {
    if (x == null
        || x.dataType() != DataType.FLOAT
        || y.dataType() != DataType.FLOAT
        || !Arrays.equals(x.shape(), y.shape())) {
      throw new IllegalArgumentException("checkpoints of different tensors");
    }
    float[] a = x.dup('c').data().asFloat();
    float[] b = y.dup('c').data().asFloat();
    int[] difference = new int[a.length];
    for (int i = 0; i < a.length; i++) {
      difference[i] = Float.floatToRawIntBits(a[i]) ^ Float.floatToRawIntBits(b[i]);
    }
    return difference;
  }

  private static String hash(Map<String, INDArray> tensors) {
    Hasher hasher = Hashing.sha256().newHasher();
    new TreeMap<>(tensors)
        .forEach(
            (name, array) -> {
              hasher.putString(name, StandardCharsets.UTF_8);
              for (float value : array.dup('c').data().asFloat()) {
                hasher.putInt(Float.floatToRawIntBits(value));
              }
            });
    return hasher.hash().toString();
  }
}
