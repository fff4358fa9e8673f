package dev.slipway.debian;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.http.HttpSettings;
import dev.slipway.http.HttpSketch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DebianMirrorTest {
  private static final HttpSettings HTTP = HttpSketch.settings(() -> Instant.EPOCH);

  @TempDir private Path folder;

  @Test
  void securityUpdatesMayComeFromElsewhere() throws Exception {
    Path main = folder.resolve("main");
    Path security = folder.resolve("security");
    DebSketch.mirror(main, "bookworm", "amd64", new DebSketch("server", "1.0"));
    Files.createDirectory(security);
    Files.move(main.resolve("debian-security"), security.resolve("debian-security"));
    try (DebianMirror mirror = new DebianMirror(main.toUri(), security.toUri(), HTTP)) {
      ReleaseSignature unsigned =
          new ReleaseSignature(
              Optional.empty(), ReleaseSignature.GPGV, () -> Instant.EPOCH, _ -> {});
      LockedPackages chosen =
          new DebianIndex(mirror, unsigned, folder)
              .choose(new DebianRequest(List.of("server"), "bookworm", List.of("main"), "amd64"));

      assertThat(chosen.packages()).extracting(LockedPackage::version).containsExactly("1.0");
      assertThat(mirror.name("debian-security/dists")).startsWith(security.toUri().toString());
    }
  }
}
