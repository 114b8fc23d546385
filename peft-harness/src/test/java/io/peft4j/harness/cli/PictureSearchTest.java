package io.peft4j.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files, folders and patterns become pictures, each once, and names that stay apart. */
class PictureSearchTest {
  @TempDir private Path folder;
  private final List<String> notes = new ArrayList<>();

  @BeforeEach
  void makeFiles() throws IOException {
    Files.createDirectories(folder.resolve("sub/.cache"));
    for (String name :
        List.of(
            "b.JPG",
            "a.png",
            "a b.webp",
            "notes.txt",
            ".hidden.jpg",
            "sub/a.png",
            "sub/c.tif",
            "sub/.cache/a.png")) {
      Files.createFile(folder.resolve(name));
    }
  }

  @Test
  void aFolderHoldsItsPicturesAndTellsWhatElse() {
    assertEquals(List.of("a b.webp", "a.png", "b.JPG"), found(""));
    assertEquals(1, notes.size());
    assertTrue(notes.get(0).contains("2 entries are no pictures"), notes.toString());
  }

  @Test
  void patternsEnterFoldersByTwoStars() {
    assertEquals(List.of("a.png"), found("*.png"));
    assertEquals(List.of("a.png", "sub/a.png"), found("{*,**/*}.png"));
    assertEquals(List.of("sub/a.png", "sub/c.tif"), found("sub/*"));
  }

  @Test
  void eachFileCountsOnce() {
    assertEquals(List.of("b.JPG", "a b.webp", "a.png"), found("b.JPG", ""));
  }

  @Test
  void whatStandsForNothingIsRefused() throws IOException {
    refused("no file matches", "*.gif");
    refused("no file matches", "none/*.png");
    refused("is no pattern", "[.png");
    refused("holds no pictures", "empty");
  }

  @Test
  void aMissingFileIsLeftToItsReader() {
    assertEquals(List.of("none.jpg"), found("none.jpg"));
  }

  @Test
  void namesAreBelowTheCommonFolder() {
    assertEquals(
        List.of(Path.of("a.jpg"), Path.of("a.png")),
        PictureNames.of(List.of(Path.of("x/a.jpg"), Path.of("x/a.png"))));
    assertEquals(
        List.of(Path.of("x/a.jpg"), Path.of("y/z/a.jpg")),
        PictureNames.of(List.of(Path.of("x/a.jpg"), Path.of("y/z/a.jpg"))));
    assertEquals(
        List.of(Path.of("a.jpg"), Path.of("y/a.jpg")),
        PictureNames.of(List.of(Path.of("x/a.jpg"), Path.of("x/y/a.jpg"))));
    assertEquals(List.of(Path.of("a.jpg")), PictureNames.of(List.of(Path.of("/a.jpg"))));
  }

  private List<String> found(String... names) {
    return PictureSearch.of(all(names), notes::add).stream()
        .map(f -> folder.relativize(f).toString().replace('\\', '/'))
        .toList();
  }

  private void refused(String message, String name) throws IOException {
    Files.createDirectories(folder.resolve("empty"));
    String found =
        assertThrows(InputException.class, () -> PictureSearch.of(all(name), notes::add))
            .getMessage();
    assertTrue(found.contains(message), found);
  }

  private List<String> all(String... names) {
    return List.of(names).stream().map(n -> n.isEmpty() ? folder + "" : folder + "/" + n).toList();
  }
}
