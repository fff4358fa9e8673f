package dev.slipway.debian;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.http.HttpSettings;
import dev.slipway.http.HttpSketch;
import dev.slipway.oci.ImageException;
import dev.slipway.peers.Programs;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Releases that GnuPG has signed, with keys of many sorts. */
class ReleaseSignatureIT {
  private static final String RELEASE = "Codename: bookworm\nSHA256:\n";
  private static final HttpSettings HTTP = HttpSketch.settings(() -> Instant.EPOCH);

  @TempDir private Path folder;
  private final List<String> warnings = new ArrayList<>();

  @BeforeEach
  void makeKeys() throws Exception {
    Files.createDirectory(
        folder.resolve("keys"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.writeString(folder.resolve("Release"), RELEASE);
    for (String name : List.of("one", "two")) {
      gpg("--quick-generate-key", name, "ed25519", "sign", "never");
    }
    gpg(
        "--faked-system-time=20200101T000000",
        "--quick-generate-key",
        "old",
        "ed25519",
        "sign",
        "1d");
    for (String name : List.of("one", "two", "old")) {
      gpg("--output", folder.resolve(name + ".gpg").toString(), "--export", name);
    }
  }

  private String gpg(String... arguments) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of("gpg", "--homedir", folder.resolve("keys").toString(), "--batch", "--quiet"));
    command.addAll(List.of("--passphrase", "", "--pinentry-mode", "loopback"));
    command.addAll(List.of(arguments));
    return Programs.run(command.toArray(String[]::new));
  }

  private byte[] signed(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(arguments));
    Path file = Files.createTempFile(folder, "signed", "");
    command.addAll(List.of("--yes", "--output", file.toString()));
    if (!command.contains("--sign")) {
      command.add("--clearsign");
    }
    command.add(folder.resolve("Release").toString());
    gpg(command.toArray(String[]::new));
    return Files.readAllBytes(file);
  }

  private String content(String key, byte[] signed) throws Exception {
    Path keyring = folder.resolve(key + ".gpg");
    ReleaseSignature signature =
        new ReleaseSignature(
            Optional.of(keyring), ReleaseSignature.GPGV, () -> Instant.EPOCH, warnings::add);
    try (DebianMirror mirror = new DebianMirror(URI.create("http://mirror.example"), HTTP)) {
      return new String(signature.content(mirror, "InRelease", signed, folder), UTF_8);
    }
  }

  private void refuses(String key, byte[] signed, String message) {
    assertThatThrownBy(() -> content(key, signed))
        .isInstanceOf(ImageException.class)
        .hasMessageStartingWith("http://mirror.example/InRelease: ")
        .hasMessageContaining(message);
    assertThat(folder.toFile().list((_, name) -> name.startsWith("release-"))).isEmpty();
  }

  @Test
  void oneOfTheKeysIsEnough() throws Exception {
    byte[] both = signed("--local-user", "one", "--local-user", "two");

    assertThat(content("one", both)).isEqualTo(RELEASE);
    assertThat(content("two", both)).isEqualTo(RELEASE);
    refuses("old", both, "not signed with a key of " + folder.resolve("old.gpg"));
  }

  @Test
  void whatIsNotSignedAsItShouldBeIsRefused() throws Exception {
    byte[] good = signed("--local-user", "one");
    String text = new String(good, UTF_8);

    refuses("two", good, "No public key");
    refuses("one", text.replace("bookworm", "sid").getBytes(UTF_8), "BAD signature");
    refuses("one", (text + text).getBytes(UTF_8), "not signed with a key");
    refuses("one", ("Codename: sid\n\n" + text).getBytes(UTF_8), "expected a text with");
    refuses("one", RELEASE.getBytes(UTF_8), "expected a text with its signature");
    refuses("one", signed("--local-user", "one", "--sign"), "expected a text with its signature");
    refuses("one", signed("--local-user", "one", "--digest-algo", "SHA1"), "Invalid digest");
    refuses(
        "old",
        signed("--faked-system-time=20200101T010000", "--local-user", "old"),
        "the key has expired or was revoked");
  }

  @Test
  void withoutKeysAWayThatOthersCanChangeIsNotTaken() throws Exception {
    refuses("none", signed("--local-user", "one"), "the way there is not private");
    assertThat(warnings).isEmpty();
  }
}
