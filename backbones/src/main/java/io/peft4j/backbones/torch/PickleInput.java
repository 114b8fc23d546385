package io.peft4j.backbones.torch;

import io.peft4j.api.InputException;
import java.io.IOException;
import java.io.InputStream;

/**
 * The bytes of pickles, with an end that no claimed length may cross: the unpickler would allocate
 * what a length says before it reads.
 */
final class PickleInput extends InputStream {
  private final InputStream in;
  private final String origin;
  private final long length;
  private long position;
  private long marked;

  /**
   * Wraps a stream.
   *
   * @param in the bytes; must support marks
   * @param length how many there are
   * @param origin name of the file in messages
   */
  PickleInput(InputStream in, long length, String origin) {
    this.in = in;
    this.length = length;
    this.origin = origin;
  }

  /** Bytes read so far. */
  long position() {
    return position;
  }

  /**
   * Refuses a length, which comes next in the stream, that the stream cannot hold.
   *
   * @param bytes size of the length itself: 1, 4 or 8, little-endian
   */
  void checkLength(int bytes) throws IOException {
    in.mark(bytes);
    long claimed = 0;
    for (int i = 0; i < bytes; i++) {
      claimed |= (long) Math.max(0, in.read()) << (8 * i);
    }
    in.reset();
    // Eight bytes can hold more than a long does.
    if (claimed < 0 || claimed > length - position - bytes) {
      throw new InputException(
          "%s: damaged: at byte %d of a pickle %s bytes are announced, but %d follow"
              .formatted(
                  origin,
                  position,
                  Long.toUnsignedString(claimed),
                  Math.max(0, length - position - bytes)));
    }
  }

  @Override
  public int read() throws IOException {
    if (position >= length) {
      return -1;
    }
    int value = in.read();
    position += value < 0 ? 0 : 1;
    return value;
  }

  @Override
  public int read(byte[] target, int offset, int count) throws IOException {
    if (position >= length) {
      return count == 0 ? 0 : -1;
    }
    int n = in.read(target, offset, (int) Math.min(count, length - position));
    position += Math.max(0, n);
    return n;
  }

  @Override
  public boolean markSupported() {
    return true;
  }

  @Override
  public void mark(int limit) {
    in.mark(limit);
    marked = position;
  }

  @Override
  public void reset() throws IOException {
    in.reset();
    position = marked;
  }
}
