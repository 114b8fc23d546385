package io.peft4j.backbones.safetensors;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import io.peft4j.api.InputException;
import io.peft4j.api.Shape;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The JSON header of a safetensors file: {@code name -> {dtype, shape, data_offsets}} and, under
 * {@code __metadata__}, strings.
 *
 * @param metadata the strings
 * @param tensors what is stored, by name, in the order of the data
 */
record Header(ImmutableMap<String, String> metadata, ImmutableMap<String, TensorInfo> tensors) {
  /** The reference implementation's limit; a larger number is a damaged or hostile file. */
  static final long MAX_BYTES = 100_000_000;

  /** Bytes before the header: its length, little-endian. */
  static final int PREFIX_BYTES = 8;

  static final String METADATA = "__metadata__";
  private static final int ALIGNMENT = 8;

  /** ND4J's limit. */
  private static final int MAX_RANK = 32;

  /** Bytes of data that follow the header. */
  long dataBytes() {
    return tensors.values().stream().mapToLong(TensorInfo::end).max().orElse(0);
  }

  /** Checks the length prefix of a file with {@code available} bytes behind the prefix. */
  static int checkedLength(long length, long available, String source) {
    // A length above 2^63 reads as a negative number.
    if (length < 0 || length > MAX_BYTES) {
      throw new InputException(
          "%s: the header claims %s bytes, more than the %d allowed; is it a safetensors file?"
              .formatted(source, Long.toUnsignedString(length), MAX_BYTES));
    }
    if (length > available) {
      throw new InputException(
          "%s: truncated: the header claims %d bytes, but only %d follow"
              .formatted(source, length, available));
    }
    return (int) length;
  }

  /** Reads and checks a header; {@code source} names the file in messages. */
  static Header parse(byte[] bytes, String source) {
    JsonNode root = StrictJson.read(bytes, source, "the header");
    if (!root.isObject()) {
      throw new InputException(source + ": the header is not a JSON object");
    }
    ImmutableMap<String, String> metadata = ImmutableMap.of();
    List<TensorInfo> tensors = new ArrayList<>(root.size());
    for (Map.Entry<String, JsonNode> field : root.properties()) {
      if (field.getKey().equals(METADATA)) {
        metadata = metadata(field.getValue(), source);
      } else {
        tensors.add(tensor(field.getKey(), field.getValue(), source));
      }
    }
    tensors.sort(Comparator.comparingLong(TensorInfo::begin).thenComparingLong(TensorInfo::end));
    checkLayout(tensors, source);
    return new Header(metadata, byName(tensors));
  }

  /** Lays tensors of these types and shapes out as the reference implementation does. */
  static Header layOut(
      Map<String, TensorType> types, Map<String, Shape> shapes, Map<String, String> metadata) {
    List<String> names = new ArrayList<>(types.keySet());
    names.sort(
        Comparator.<String, TensorType>comparing(types::get)
            .reversed()
            .thenComparing(n -> n.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned));
    List<TensorInfo> tensors = new ArrayList<>(names.size());
    long offset = 0;
    for (String name : names) {
      TensorType type = types.get(name);
      Shape shape = shapes.get(name);
      long end = Math.addExact(offset, type.bytes(shape));
      tensors.add(new TensorInfo(name, type, shape, offset, end));
      offset = end;
    }
    return new Header(ImmutableSortedMap.copyOf(metadata), byName(tensors));
  }

  /** The JSON in UTF-8, padded with spaces so that the data starts at a multiple of 8. */
  byte[] encode() {
    ObjectNode root = StrictJson.MAPPER.createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode strings = root.putObject(METADATA);
      metadata.forEach(strings::put);
    }
    for (TensorInfo tensor : tensors.values()) {
      ObjectNode entry = root.putObject(tensor.name());
      entry.put("dtype", tensor.type().name());
      ArrayNode shape = entry.putArray("shape");
      tensor.shape().dims().forEach(shape::add);
      entry.putArray("data_offsets").add(tensor.begin()).add(tensor.end());
    }
    try {
      byte[] json = StrictJson.MAPPER.writeValueAsBytes(root);
      int padded = (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
      byte[] result = Arrays.copyOf(json, padded);
      Arrays.fill(result, json.length, padded, (byte) ' ');
      return result;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of strings and numbers is always JSON", e);
    }
  }

  private static ImmutableMap<String, String> metadata(JsonNode node, String source) {
    if (!node.isObject()) {
      throw new InputException(source + ": " + METADATA + " is not a JSON object");
    }
    ImmutableMap.Builder<String, String> result = ImmutableMap.builder();
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (!field.getValue().isTextual()) {
        throw new InputException(
            "%s: %s '%s' is %s, but only strings are allowed"
                .formatted(source, METADATA, field.getKey(), field.getValue()));
      }
      result.put(field.getKey(), field.getValue().textValue());
    }
    return result.buildOrThrow();
  }

  private static TensorInfo tensor(String name, JsonNode node, String source) {
    String where = source + ": tensor '" + name + "': ";
    JsonNode dtype = node.path("dtype");
    if (!dtype.isTextual()) {
      throw new InputException(where + "dtype is missing or not a string");
    }
    TensorType type = TensorType.named(dtype.textValue(), where);
    long[] dims = naturals(node.path("shape"), where + "shape");
    if (dims.length > MAX_RANK) {
      throw new InputException(
          where + dims.length + " dimensions, but arrays have at most " + MAX_RANK);
    }
    long[] offsets = naturals(node.path("data_offsets"), where + "data_offsets");
    if (offsets.length != 2) {
      throw new InputException(
          where + "data_offsets has " + offsets.length + " numbers, but 2 are needed");
    }
    try {
      return new TensorInfo(name, type, Shape.of(dims), offsets[0], offsets[1]);
    } catch (IllegalArgumentException e) {
      throw new InputException(where + e.getMessage(), e);
    }
  }

  private static long[] naturals(JsonNode node, String where) {
    if (!node.isArray()) {
      throw new InputException(where + " is missing or not a list of numbers");
    }
    long[] result = new long[node.size()];
    for (int i = 0; i < result.length; i++) {
      JsonNode number = node.get(i);
      if (!number.isIntegralNumber() || !number.canConvertToLong() || number.longValue() < 0) {
        throw new InputException(
            where + " holds " + number + ", but only integers from 0 to 2^63-1 are allowed");
      }
      result[i] = number.longValue();
    }
    return result;
  }

  /** The data must be covered without holes, so that a file can hide nothing. */
  private static void checkLayout(List<TensorInfo> inOrder, String source) {
    long offset = 0;
    String before = "the header";
    for (TensorInfo tensor : inOrder) {
      if (tensor.begin() != offset) {
        throw new InputException(
            "%s: tensor '%s' begins at byte %d, but %s ends at %d: %s"
                .formatted(
                    source,
                    tensor.name(),
                    tensor.begin(),
                    before,
                    offset,
                    tensor.begin() < offset ? "they overlap" : "there is a hole"));
      }
      offset = tensor.end();
      before = "tensor '" + tensor.name() + "'";
    }
  }

  private static ImmutableMap<String, TensorInfo> byName(List<TensorInfo> tensors) {
    return tensors.stream().collect(ImmutableMap.toImmutableMap(TensorInfo::name, t -> t));
  }
}
