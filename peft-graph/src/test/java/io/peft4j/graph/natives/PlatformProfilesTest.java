package io.peft4j.graph.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.StandardSystemProperty;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** The profiles of the parent's pom choose native libraries of one and the same platform. */
class PlatformProfilesTest {
  private static final Path POM = Path.of("..", "pom.xml").toAbsolutePath().normalize();

  private final Element project = parse();

  private static Element parse() {
    try {
      return DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .parse(POM.toFile())
          .getDocumentElement();
    } catch (Exception e) {
      throw new IllegalStateException("cannot read " + POM, e);
    }
  }

  /** What a profile says; {@code os} is without the parts that it leaves open. */
  private record Profile(String id, Optional<Element> os, Optional<Element> properties) {
    /** As Maven decides, of conditions on name, family and arch. */
    boolean takes(String name, String arch) {
      return os.isPresent()
          && os.flatMap(o -> text(o, "name")).map(name::equalsIgnoreCase).orElse(true)
          && os.flatMap(o -> text(o, "family")).map(f -> isFamily(f, name)).orElse(true)
          && os.flatMap(o -> text(o, "arch")).map(arch::equals).orElse(true);
    }

    private static boolean isFamily(String family, String name) {
      return name.toLowerCase(Locale.ROOT).contains(family);
    }

    Optional<String> property(String name) {
      return properties.flatMap(p -> text(p, name));
    }
  }

  private static Stream<Element> children(Element parent, String name) {
    List<Element> found = new ArrayList<>();
    for (Node n = parent.getFirstChild(); n != null; n = n.getNextSibling()) {
      if (n instanceof Element e && e.getTagName().equals(name)) {
        found.add(e);
      }
    }
    return found.stream();
  }

  private static Optional<Element> child(Element parent, String name) {
    return children(parent, name).findFirst();
  }

  private static Optional<String> text(Element parent, String name) {
    return child(parent, name).map(e -> e.getTextContent().strip());
  }

  private List<Profile> profiles() {
    return children(child(project, "profiles").orElseThrow(), "profile")
        .map(
            p ->
                new Profile(
                    text(p, "id").orElseThrow(),
                    child(p, "activation").flatMap(a -> child(a, "os")),
                    child(p, "properties")))
        .toList();
  }

  /** The value of a property on a machine: its profile's, else the pom's. */
  private String property(String name, String os, String arch) {
    return profiles().stream()
        .filter(p -> p.takes(os, arch))
        .flatMap(p -> p.property(name).stream())
        .findFirst()
        .or(() -> child(project, "properties").flatMap(p -> text(p, name)))
        .orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({
    "Linux, amd64, linux-x86_64, linux-x86_64-onednn",
    "Linux, aarch64, linux-arm64, linux-arm64",
    "Windows 11, amd64, windows-x86_64, windows-x86_64",
    "Mac OS X, x86_64, macosx-x86_64, macosx-x86_64",
    "Mac OS X, aarch64, macosx-arm64, macosx-arm64"
  })
  void everyMachineHasItsOwn(String os, String arch, String platform, String classifier) {
    assertTrue(profiles().stream().filter(p -> p.takes(os, arch)).count() <= 1, "more than one");
    assertEquals(platform, property("javacpp.platform", os, arch));
    assertEquals(classifier, property("nd4j.classifier", os, arch));
  }

  /** ND4J's classifier is JavaCPP's platform, and may name a helper library behind it. */
  @Test
  void classifiersOfAProfileAgree() {
    List<Profile> byPlatform = profiles().stream().filter(p -> p.os().isPresent()).toList();
    assertTrue(byPlatform.size() >= 4, "platforms: " + byPlatform.size());
    for (Profile p : byPlatform) {
      String platform = p.property("javacpp.platform").orElseThrow();
      String classifier = p.property("nd4j.classifier").orElseThrow();
      assertTrue((classifier + "-").startsWith(platform + "-"), p.id() + ": " + classifier);
    }
  }

  /** Another back end keeps to the platform, whatever it is. */
  @Test
  void cudaIsOfThePlatform() {
    Profile cuda = profiles().stream().filter(p -> p.id().equals("cuda")).findFirst().orElseThrow();
    assertEquals(Optional.of("${javacpp.platform}"), cuda.property("nd4j.classifier"));
    assertEquals(Optional.empty(), cuda.property("javacpp.platform"));
  }

  @Test
  void thisMachinesIsTheOneThatJavacppLooksFor() {
    String os = StandardSystemProperty.OS_NAME.value();
    String arch = StandardSystemProperty.OS_ARCH.value();
    Assumptions.assumeTrue(System.getProperty("org.bytedeco.javacpp.platform") == null);
    assertEquals(Loader.Detector.getPlatform(), property("javacpp.platform", os, arch));
  }
}
