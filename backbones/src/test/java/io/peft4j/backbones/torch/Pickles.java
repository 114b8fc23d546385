package io.peft4j.backbones.torch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/** Files of the stream format around a pickle of one's own. */
final class Pickles {
  /** An empty list, in protocol 2. */
  private static final byte[] NO_KEYS = {(byte) 0x80, 2, ']', '.'};

  private Pickles() {}

  /** Magic number, version and machine, as torch.save writes them. */
  static byte[] header() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(HexFormat.of().parseHex("80028a0a6cfc9c46f9206aa850192e"));
    out.writeBytes(HexFormat.of().parseHex("80024de9032e"));
    out.writeBytes(new byte[] {(byte) 0x80, 2, '}', '.'});
    return out.toByteArray();
  }

  /** A file whose object is this pickle, which begins after the protocol and ends with a stop. */
  static Path write(Path file, byte[] pickle) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(header());
    out.writeBytes(new byte[] {(byte) 0x80, 2});
    out.writeBytes(pickle);
    out.write('.');
    out.writeBytes(NO_KEYS);
    return Files.write(file, out.toByteArray());
  }

  /** A pickle in Latin 1, with {@code \xNN} for other bytes. */
  static byte[] bytes(String text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] latin = text.getBytes(StandardCharsets.ISO_8859_1);
    for (int i = 0; i < latin.length; i++) {
      if (latin[i] == '\\' && latin[i + 1] == 'x') {
        out.write(HexFormat.fromHexDigits(text, i + 2, i + 4));
        i += 3;
      } else {
        out.write(latin[i]);
      }
    }
    return out.toByteArray();
  }

  /** The same with a storage '0' of 8 floats behind it, for pickles that refer to one. */
  static Path writeWithStorage(Path file, byte[] pickle) throws IOException {
    write(file, pickle);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] whole = Files.readAllBytes(file);
    out.write(whole, 0, whole.length - NO_KEYS.length);
    out.writeBytes(bytes("\\x80\\x02]X\\x01\\x00\\x00\\x000a."));
    out.writeBytes(bytes("\\x08\\x00\\x00\\x00\\x00\\x00\\x00\\x00"));
    out.writeBytes(new byte[8 * Float.BYTES]);
    return Files.write(file, out.toByteArray());
  }
}
