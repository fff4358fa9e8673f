package dev.slipway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.debian.DebSketch;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pins packages of a mirror of the test's own, and builds images of them. */
class LockCommandTest {
  @TempDir private Path folder;

  @BeforeEach
  void makeMirror() throws IOException {
    Files.createDirectories(folder.resolve("temporary"));
    for (String architecture : List.of("amd64", "arm64")) {
      mirror(architecture, "1.0");
    }
    image("server: { deb: server }");
  }

  private void mirror(String architecture, String version) throws IOException {
    DebSketch.mirror(
        folder.resolve("mirror"),
        "bookworm",
        architecture,
        new DebSketch("server", version)
            .field("Depends: libc6 (>= 1), users")
            .file("./usr/sbin/server", 0755, "server " + version + " for " + architecture)
            .link("./usr/sbin/alias", TarArchiveEntry.LF_LINK, "./usr/sbin/server")
            .link("./usr/sbin/relative", TarArchiveEntry.LF_SYMLINK, "server")
            .file("./etc/server.conf", 0644, "conf")
            .directory("./var/lib/server"),
        new DebSketch("libc6", "1")
            .field("Depends: libgcc-s1")
            .file("./lib/" + architecture + "/libc.so.6", 0755, "libc")
            .link(
                "./lib64/ld.so", TarArchiveEntry.LF_SYMLINK, "/lib/" + architecture + "/libc.so.6"),
        new DebSketch("libgcc-s1", "1")
            .field("Depends: libc6")
            .file("./lib/" + architecture + "/libgcc.so", 0644, "libgcc"),
        new DebSketch("users", "1").file("./usr/share/base-passwd/passwd.master", 0644, "root"));
  }

  private void image(String path) throws IOException {
    Files.writeString(
        folder.resolve("web.yaml"),
        """
        paths:
          %s
          both: { symlinkJoin: { name: both, paths: [ "${{ paths.server }}" ] } }
        images:
          web:
            platforms: [ linux/amd64, linux/arm64 ]
            buildLayeredImage:
              { name: web, tag: v1, contents: "${{ paths.both }}", compressor: none }
        """
            .formatted(path));
  }

  private Run run(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--quiet", "--file", folder.resolve("web.yaml").toString()));
    all.addAll(
        List.of("--store", "embedded", "--deb-mirror", folder.resolve("mirror").toUri() + ""));
    return Run.with(
        Map.of(
            "XDG_DATA_HOME", folder.resolve("data").toString(),
            "XDG_CACHE_HOME", folder.resolve("cache").toString(),
            "TMPDIR", folder.resolve("temporary").toString()),
        all.toArray(String[]::new));
  }

  private void lock() {
    assertThat(run("lock", "--deb-keyring", "none").err()).isEmpty();
  }

  private Path archive() {
    return folder.resolve("web.tar");
  }

  private String exported(String image) throws IOException {
    assertThat(run("build", image, "-o", archive().toString()).err()).isEmpty();
    Run exported = Run.of("export", archive().toString(), "-o", "-");
    assertThat(exported.status()).isZero();
    List<String> entries = new ArrayList<>();
    try (TarArchiveInputStream tar =
        new TarArchiveInputStream(new ByteArrayInputStream(exported.output().toByteArray()))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        String link = entry.isSymbolicLink() ? " -> " + entry.getLinkName() : "";
        entries.add(
            (entry.getName().substring(2) + link)
                .replaceAll("nix/store/.{32}-", "nix/store/HASH-"));
      }
    }
    return String.join("\n", entries);
  }

  @Test
  void packagesAreJoinedAsTheyAreInstalled() throws IOException {
    lock();
    assertThat(exported("web@arm64").lines())
        .contains(
            "sbin -> usr/sbin",
            "lib -> usr/lib",
            "lib64 -> usr/lib64",
            "etc/passwd -> /usr/share/base-passwd/passwd.master",
            "etc/server.conf -> /nix/store/HASH-server-1.0/etc/server.conf",
            "usr/sbin/server -> /nix/store/HASH-server-1.0/usr/sbin/server",
            "usr/sbin/relative -> server",
            "usr/lib64/ld.so -> /lib/arm64/libc.so.6",
            "usr/lib/arm64/libc.so.6 -> /nix/store/HASH-libc6-libgcc-s1-1/usr/lib/arm64/libc.so.6",
            "usr/lib/arm64/libgcc.so -> /nix/store/HASH-libc6-libgcc-s1-1/usr/lib/arm64/libgcc.so",
            "var/lib/server/")
        .doesNotContain("bin -> usr/bin");
    assertThat(new String(Files.readAllBytes(archive()), StandardCharsets.ISO_8859_1))
        .contains("server 1.0 for arm64")
        .doesNotContain("for amd64");
    exported("web@amd64");
    assertThat(new String(Files.readAllBytes(archive()), StandardCharsets.ISO_8859_1))
        .contains("server 1.0 for amd64");
  }

  @Test
  void whatIsPinnedIsBuilt() throws IOException {
    lock();
    String pinned = Files.readString(folder.resolve("web.lock"));
    assertThat(pinned)
        .contains("\"path\": \"debian/pool/libc6_amd64.deb\"")
        .contains("\"architecture\": \"arm64\"")
        .doesNotContain(folder.toString());
    exported("web@amd64");
    byte[] first = Files.readAllBytes(archive());
    // The mirror has a newer one, whose file has another name in the real world.
    Files.move(folder.resolve("mirror"), folder.resolve("gone"));
    exported("web@amd64");
    assertThat(Files.readAllBytes(archive())).isEqualTo(first);
    // Where what is remembered is damaged or gone, the very same is made again.
    try (Stream<Path> remembered = Files.list(folder.resolve("cache/slipway/debian"))) {
      for (Path file : remembered.toList()) {
        Files.writeString(file, "damaged");
      }
    }
    exported("web@amd64");
    assertThat(Files.readAllBytes(archive())).isEqualTo(first);
    Files.move(folder.resolve("gone"), folder.resolve("mirror"));
    Files.move(folder.resolve("cache"), folder.resolve("cold"));
    exported("web@amd64");
    assertThat(Files.readAllBytes(archive())).isEqualTo(first);
    lock();
    assertThat(folder.resolve("web.lock")).hasContent(pinned);
  }

  @Test
  void whatIsNotPinnedIsRefused() throws IOException {
    Run missing = run("build", "web@amd64", "-o", archive().toString());
    assertThat(missing.status()).isEqualTo(2);
    assertThat(missing.err())
        .contains(
            "web.yaml:2:13: paths.server is not pinned for amd64 in web.lock; run slipway lock");
    lock();
    image("server: { deb: { packages: [ server, libc6 ], arch: amd64 } }");
    assertThat(run("build", "web@amd64", "-o", archive().toString()).err())
        .contains("is not pinned for amd64");
    image("server: { deb: [ server, Libc6 ] }");
    assertThat(run("lock").err()).contains("'Libc6' cannot be the name of a Debian package");
    image("server: { deb: [] }");
    assertThat(run("lock").err()).contains("expected the name of a Debian package");
    image("server: { deb: unknown }");
    assertThat(run("lock", "--deb-keyring", "none").err())
        .contains("there is no Debian package unknown");
    Files.writeString(folder.resolve("web.lock"), "{\"version\": 2, \"debian\": {}}");
    assertThat(run("lock").err()).contains("web.lock: expected version 1, found 2");
  }

  @Test
  void whatTheMirrorNoLongerHasIsNamed() throws IOException {
    lock();
    Files.delete(folder.resolve("mirror/debian/pool/libc6_amd64.deb"));
    assertThat(run("build", "web@amd64", "-o", archive().toString()).err())
        .contains("debian/pool/libc6_amd64.deb: the mirror does not have it, or no longer: pin");
    assertThat(archive()).doesNotExist();
  }

  @Test
  void whatCannotBePinnedIsNamed() throws IOException {
    DebSketch.mirror(
        folder.resolve("mirror"),
        "sid",
        "amd64",
        new DebSketch("server", "1").field("Conflicts: other (<< 2)"),
        new DebSketch("other", "1"));
    image("server: { deb: { packages: [ server, other ], suite: sid, arch: amd64 } }");
    assertThat(run("lock", "--deb-keyring", "none").err())
        .contains("paths.server: the Debian packages server 1 and other 1 cannot be together");
    assertThat(folder.resolve("web.lock")).doesNotExist();
  }

  @Test
  void whatIsDamagedIsRefused() throws IOException {
    lock();
    Path server = folder.resolve("mirror/debian/pool/server_amd64.deb");
    byte[] bytes = Files.readAllBytes(server);
    bytes[bytes.length / 2] ^= 1;
    Files.write(server, bytes);
    assertThat(run("build", "web@amd64", "-o", archive().toString()).err())
        .contains("server_amd64.deb")
        .contains("expected sha256:");
    assertThat(archive()).doesNotExist();
    try (Stream<Path> left = Files.list(folder.resolve("temporary"))) {
      assertThat(left).isEmpty();
    }
    Path index = folder.resolve("mirror/debian/dists/bookworm/main/binary-amd64/Packages");
    Files.writeString(index, Files.readString(index) + "\n");
    assertThat(run("lock", "--deb-keyring", "none").err()).contains("Packages", "expected sha256:");
  }
}
