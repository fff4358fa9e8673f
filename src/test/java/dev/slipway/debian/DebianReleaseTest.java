package dev.slipway.debian;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.http.HttpSettings;
import dev.slipway.http.HttpSketch;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What mirrors say that lie, are old, or lack something. */
class DebianReleaseTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final HttpSettings HTTP = HttpSketch.settings(() -> NOW);

  @TempDir private Path folder;
  private final List<String> warnings = new ArrayList<>();
  private Path mirror;
  private Path temporary;

  @BeforeEach
  void makeMirror() throws Exception {
    mirror = folder.resolve("mirror");
    temporary = Files.createDirectory(folder.resolve("temporary"));
    DebSketch.mirror(mirror, "bookworm", "amd64", new DebSketch("server", "1.0"));
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    try (Stream<Path> left = Files.list(temporary)) {
      assertThat(left).isEmpty();
    }
  }

  private List<String> chosen(String suite) throws Exception {
    ReleaseSignature signatures =
        new ReleaseSignature(Optional.empty(), ReleaseSignature.GPGV, () -> NOW, warnings::add);
    try (DebianMirror asked = new DebianMirror(mirror.toUri(), HTTP)) {
      return new DebianIndex(asked, signatures, temporary)
              .choose(new DebianRequest(List.of("server"), suite, List.of("main"), "amd64"))
              .packages()
              .stream()
              .map(LockedPackage::version)
              .toList();
    }
  }

  private void change(String folder, String text, String replacement) throws Exception {
    Path file = mirror.resolve(folder).resolve("InRelease");
    String before = Files.readString(file);
    String after = before.replace(text, replacement);
    assertThat(after).isNotEqualTo(before);
    Files.writeString(file, after);
  }

  @Test
  void backportsAreAddedToTheirRelease() throws Exception {
    assertThatThrownBy(() -> chosen("bookworm-backports"))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("debian/dists/bookworm-backports: there is no such release");
    DebSketch.release(mirror, "debian/dists/bookworm-backports", "amd64", "");

    assertThat(chosen("bookworm-backports")).containsExactly("1.0");
  }

  @Test
  void anotherReleaseIsNotTaken() throws Exception {
    change("debian/dists/bookworm-updates", "Codename: bookworm-updates", "Codename: sid");

    assertThatThrownBy(() -> chosen("bookworm"))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining(
            "bookworm-updates/InRelease: expected the release bookworm-updates, found sid");
  }

  @Test
  void aReleaseThatIsOutOfDateIsToldOf() throws Exception {
    change(
        "debian/dists/bookworm", "SHA256:", "Valid-Until: Fri, 02 Jan 2026 03:04:05 UTC\nSHA256:");
    change(
        "debian-security/dists/bookworm-security",
        "SHA256:",
        "Valid-Until: Fri, 02 Jan 2026 03:04:04 UTC\nSHA256:");

    assertThat(chosen("bookworm")).containsExactly("1.0");
    assertThat(warnings)
        .containsExactly(
            "debian-security/dists/bookworm-security/InRelease is out of date since"
                + " Fri, 02 Jan 2026 03:04:04 UTC");
    change("debian/dists/bookworm", "Fri, 02", "Som, 02");
    assertThatThrownBy(() -> chosen("bookworm")).hasMessageContaining("expected a date");
  }

  @Test
  void indexesThatAreNewerThanTheirReleaseDoNotMatter() throws Exception {
    Path index = mirror.resolve("debian/dists/bookworm/main/binary-amd64/Packages");
    byte[] released = Files.readAllBytes(index);
    change("debian/dists/bookworm", "SHA256:", "Acquire-By-Hash: yes\nSHA256:");
    assertThat(chosen("bookworm")).containsExactly("1.0");
    Files.writeString(index, "\n");
    assertThatThrownBy(() -> chosen("bookworm")).hasMessageContaining("binary-amd64/Packages");
    Path named = Files.createDirectories(index.resolveSibling("by-hash/SHA256"));
    Files.write(named.resolve(Digest.of(released).hex()), released);

    assertThat(chosen("bookworm")).containsExactly("1.0");
  }

  @Test
  void whatIsNotATextIsNotTaken() throws Exception {
    change("debian/dists/bookworm", "-----BEGIN PGP SIGNED MESSAGE-----", "");

    assertThatThrownBy(() -> chosen("bookworm"))
        .hasMessageContaining("expected a text with its signature");
  }

  @Test
  void indexesOfAbsurdSizesAreNotEvenFetched() throws Exception {
    Path release = mirror.resolve("debian/dists/bookworm/InRelease");
    Files.writeString(
        release, Files.readString(release).replaceFirst(" [0-9]+ main/", " 99999999999 main/"));

    assertThatThrownBy(() -> chosen("bookworm"))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("expected an index, found 99999999999 bytes");
  }

  @Test
  void packagesDoNotLieElsewhere() throws Exception {
    DebSketch.release(
        mirror,
        "debian/dists/sid",
        "amd64",
        """
        Package: server
        Version: 2
        Architecture: amd64
        Filename: ../../etc/passwd
        Size: 1
        SHA256: %s
        """
            .formatted("0".repeat(64)));

    assertThatThrownBy(() -> chosen("sid"))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("'debian/../../etc/passwd' is no path below a mirror's root");
  }
}
