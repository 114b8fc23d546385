package io.peft4j.backbones.files;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;

/** What disks, networks and attackers do to files. */
final class Damage {
  private static final int MOST = 6;

  /** Values at which arithmetic of sizes and signs goes wrong. */
  private static final long[] EXTREMES = {
    0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, Integer.MAX_VALUE, 1L << 31, 1L << 32, 1L << 62
  };

  private Damage() {}

  /** The bytes with one to six mistakes. */
  static byte[] of(byte[] original, SplittableRandom random) {
    byte[] bytes = original.clone();
    for (int i = random.nextInt(MOST); i >= 0; i--) {
      bytes = once(bytes, random);
    }
    return bytes;
  }

  private static byte[] once(byte[] bytes, SplittableRandom random) {
    if (bytes.length == 0) {
      return bytes;
    }
    int at = random.nextInt(bytes.length);
    int length = 1 + random.nextInt(Math.min(64, bytes.length - at));
    switch (random.nextInt(8)) {
      case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> bytes[at] = (byte) random.nextInt(256);
      case 2 -> extreme(bytes, at, random);
      case 3 -> Arrays.fill(bytes, at, at + length, (byte) random.nextInt(256));
      case 4 -> {
        return random.nextInt(4) == 0 ? Arrays.copyOf(bytes, at) : spliced(bytes, at, length, 0);
      }
      case 5 -> {
        return spliced(bytes, at, length, 2);
      }
      case 6 ->
          System.arraycopy(bytes, random.nextInt(bytes.length - length + 1), bytes, at, length);
      default -> digit(bytes, at, random);
    }
    return bytes;
  }

  private static void extreme(byte[] bytes, int at, SplittableRandom random) {
    long value = EXTREMES[random.nextInt(EXTREMES.length)];
    byte[] little =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    int width = Math.min(bytes.length - at, 1 << random.nextInt(4));
    System.arraycopy(little, 0, bytes, at, width);
  }

  /** A stretch left out (0 times) or doubled (2 times). */
  private static byte[] spliced(byte[] bytes, int at, int length, int times) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(bytes, 0, at);
    for (int i = 0; i < times; i++) {
      out.write(bytes, at, length);
    }
    out.write(bytes, at + length, bytes.length - at - length);
    return out.toByteArray();
  }

  /** The next digit of a text becomes another, so that numbers stay numbers. */
  private static void digit(byte[] bytes, int at, SplittableRandom random) {
    for (int i = at; i < bytes.length; i++) {
      if (bytes[i] >= '0' && bytes[i] <= '9') {
        bytes[i] = (byte) ('0' + random.nextInt(10));
        return;
      }
    }
  }
}
