package io.peft4j.benchmarks.libtorch;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.bytedeco.pytorch.Tensor;

/**
 * A safetensors file: an 8-byte length, a JSON header, raw little-endian elements. Each tensor is
 * read when it is asked for, since the file must not count as memory.
 */
final class ExchangeFile implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String METADATA = "__metadata__";

  private final FileChannel channel;
  private final long start;
  private final Map<String, JsonNode> entries = new LinkedHashMap<>();
  private final Map<String, String> metadata;

  ExchangeFile(Path path) throws IOException {
    channel = FileChannel.open(path, StandardOpenOption.READ);
    int length = Math.toIntExact(bytes(0, Long.BYTES).getLong());
    start = Long.BYTES + length;
    JsonNode header = JSON.readTree(bytes(Long.BYTES, length).array());
    header
        .properties()
        .forEach(
            e -> {
              if (!e.getKey().equals(METADATA)) {
                entries.put(e.getKey(), e.getValue());
              }
            });
    metadata = JSON.convertValue(header.get(METADATA), new TypeReference<>() {});
  }

  /** Names of the tensors. */
  Set<String> names() {
    return entries.keySet();
  }

  boolean has(String name) {
    return entries.containsKey(name);
  }

  /** A value of the metadata. */
  String fact(String name) {
    String value = metadata.get(name);
    if (value == null) {
      throw new IllegalArgumentException("the exchange file does not tell its " + name);
    }
    return value;
  }

  /** A value of the metadata that is a JSON object. */
  JsonNode object(String name) {
    try {
      return JSON.readTree(fact(name));
    } catch (IOException e) {
      throw new IllegalArgumentException("the exchange file's %s is no JSON".formatted(name), e);
    }
  }

  long[] shape(String name) {
    return StreamSupport.stream(entry(name).get("shape").spliterator(), false)
        .mapToLong(JsonNode::asLong)
        .toArray();
  }

  /** The tensor, float32 as in the file. */
  Tensor tensor(String name) throws IOException {
    JsonNode entry = entry(name);
    if (!entry.get("dtype").asText().equals("F32")) {
      throw new IllegalArgumentException("%s is %s, not F32".formatted(name, entry.get("dtype")));
    }
    JsonNode offsets = entry.get("data_offsets");
    long from = offsets.get(0).asLong();
    int length = Math.toIntExact(offsets.get(1).asLong() - from);
    float[] values = new float[length / Float.BYTES];
    bytes(start + from, length).asFloatBuffer().get(values);
    return Tensor.create(values, shape(name));
  }

  private JsonNode entry(String name) {
    JsonNode entry = entries.get(name);
    if (entry == null) {
      throw new IllegalArgumentException("the exchange file lacks " + name);
    }
    return entry;
  }

  private ByteBuffer bytes(long position, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new IOException("the exchange file ends at byte " + (position + buffer.position()));
      }
    }
    return buffer.flip();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
