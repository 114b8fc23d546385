package io.peft4j.backbones.torch;

import io.peft4j.api.InputException;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The format of PyTorch 1.6 and later: a zip archive with {@code NAME/data.pkl} and one entry
 * {@code NAME/data/KEY} a storage. PyTorch does not compress entries; compressed ones are refused,
 * since they could claim any size.
 */
final class ZipFormat {
  private static final String PICKLE = "data.pkl";

  /** An entry is a storage; the archive's directory is read again for each. */
  private static final int MAX_ENTRIES = 20_000;

  private ZipFormat() {}

  /** Reads the object; the storages are left where they are. */
  static Saved read(Path path) throws IOException {
    try (ZipFile zip = new ZipFile(path.toFile())) {
      if (zip.size() > MAX_ENTRIES) {
        throw new InputException(
            "%s: a zip archive of %d entries; the largest checkpoints have some thousands, at most %d are read"
                .formatted(path, zip.size(), MAX_ENTRIES));
      }
      List<String> names = zip.stream().map(ZipEntry::getName).toList();
      String folder = folder(names, path);
      checkByteOrder(zip, folder, path);
      byte[] pickle = bytes(zip, folder + PICKLE, Saved.MAX_PICKLE, path);
      PickleInput input =
          new PickleInput(new ByteArrayInputStream(pickle), pickle.length, path.toString());
      Object object = TensorUnpickler.load(input, path.toString()).object();
      return new Saved(object, new Entries(path, folder));
    }
  }

  private static String folder(List<String> names, Path path) {
    if (names.stream().anyMatch(n -> n.endsWith("/constants.pkl"))) {
      throw new InputException(
          path
              + ": holds a TorchScript program, not weights; in Python:"
              + " torch.save(torch.jit.load(file).state_dict(), 'weights.pth')");
    }
    List<String> pickles =
        names.stream()
            .filter(n -> n.endsWith("/" + PICKLE) && n.indexOf('/') == n.length() - 9)
            .filter(n -> !n.startsWith("..") && n.length() > 9)
            .toList();
    if (pickles.size() != 1) {
      Optional<String> inside = names.stream().filter(ZipFormat::isNamedAsWeights).findFirst();
      throw new InputException(
          "%s: a zip archive, but not one of torch.save: it needs one '%s' in one folder, but has %d%s"
              .formatted(
                  path,
                  PICKLE,
                  pickles.size(),
                  inside
                      .map(n -> "; unpack it and name '" + PythonName.printable(n) + "' inside")
                      .orElse("")));
    }
    return pickles.get(0).substring(0, pickles.get(0).length() - PICKLE.length());
  }

  private static boolean isNamedAsWeights(String entry) {
    return Stream.of(".pth", ".pt", ".bin", ".safetensors").anyMatch(entry::endsWith);
  }

  private static void checkByteOrder(ZipFile zip, String folder, Path path) throws IOException {
    if (zip.getEntry(folder + "byteorder") != null) {
      byte[] order = bytes(zip, folder + "byteorder", 16, path);
      if (!new String(order, StandardCharsets.US_ASCII).equals("little")) {
        throw new InputException(
            path + ": was written on a big-endian machine; save it again on a little-endian one");
      }
    }
  }

  private static byte[] bytes(ZipFile zip, String name, long limit, Path path) throws IOException {
    ZipEntry entry = entry(zip, name, path);
    if (entry.getSize() > limit) {
      throw new InputException(
          "%s: '%s' has %d bytes, more than the %d allowed"
              .formatted(path, PythonName.printable(name), entry.getSize(), limit));
    }
    try (InputStream stream = zip.getInputStream(entry)) {
      return stream.readNBytes((int) entry.getSize());
    }
  }

  /** An entry whose claimed size is that of bytes in the file. */
  private static ZipEntry entry(ZipFile zip, String name, Path path) throws IOException {
    String shown = PythonName.printable(name);
    ZipEntry entry =
        Optional.ofNullable(zip.getEntry(name))
            .orElseThrow(() -> new InputException(path + ": has no entry '" + shown + "'"));
    if (entry.getMethod() != ZipEntry.STORED || entry.getSize() != entry.getCompressedSize()) {
      throw new InputException(
          path + ": entry '" + shown + "' is compressed; save the file again with torch.save");
    }
    if (entry.getSize() > Files.size(path)) {
      throw new InputException(
          "%s: truncated: entry '%s' has %d bytes, the file only %d"
              .formatted(path, shown, entry.getSize(), Files.size(path)));
    }
    return entry;
  }

  /** The storages of an archive, which is opened for each. */
  private record Entries(Path path, String folder) implements Storages {
    @Override
    public void check(Collection<StorageRef> storages) throws IOException {
      try (ZipFile zip = new ZipFile(path.toFile())) {
        for (StorageRef storage : storages) {
          long size = entry(zip, name(storage), path).getSize();
          if (size < storage.wholeBytes()) {
            throw new InputException(
                "%s: truncated: storage '%s' needs %d bytes, but has %d"
                    .formatted(
                        path, PythonName.printable(storage.key()), storage.wholeBytes(), size));
          }
        }
      }
    }

    @Override
    public ReadableByteChannel open(StorageRef storage, long first) throws IOException {
      ZipFile zip = new ZipFile(path.toFile());
      try {
        InputStream stream = zip.getInputStream(entry(zip, name(storage), path));
        stream.skipNBytes(first);
        return Channels.newChannel(
            new FilterInputStream(stream) {
              @Override
              public void close() throws IOException {
                zip.close();
              }
            });
      } catch (IOException | RuntimeException e) {
        zip.close();
        throw e;
      }
    }

    private String name(StorageRef storage) {
      return folder + "data/" + storage.key();
    }
  }
}
