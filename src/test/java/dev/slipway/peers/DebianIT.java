package dev.slipway.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian's packages, from the mirror that this machine's apt uses, run in Docker. */
class DebianIT {
  private static final String ARCHIVE = "/debian";

  @TempDir private Path folder;
  private Slipway slipway;
  private String mirror;

  @BeforeEach
  void prepare() throws IOException {
    mirror = mirror();
    slipway = Slipway.in(folder.resolve("home")).with(Map.of("SLIPWAY_DEB_MIRROR", mirror));
  }

  /** The root of the mirror that apt is told of. */
  private static String mirror() throws IOException {
    try (Stream<Path> sources = Files.walk(Path.of("/etc/apt"))) {
      for (Path file :
          sources.filter(path -> path.toString().matches(".*\\.(list|sources)")).toList()) {
        for (String line : Files.readAllLines(file)) {
          for (String word : line.split(" ", -1)) {
            if (!line.startsWith("#") && word.startsWith("http") && word.endsWith(ARCHIVE)) {
              return word.substring(0, word.length() - ARCHIVE.length());
            }
          }
        }
      }
    }
    return "https://mirror.example";
  }

  private void example() throws IOException {
    Path example = Slipway.CHECKOUT.resolve("examples/nginx");
    Files.createDirectory(slipway.home().resolve("site"));
    for (String name : List.of("slipway.yaml", "slipway.lock", "site/index.html")) {
      Files.copy(example.resolve(name), slipway.home().resolve(name));
    }
  }

  @Test
  void aServerOfPinnedPackagesAnswers() throws Exception {
    example();
    try (DockerDaemon docker = DockerDaemon.start(folder)) {
      Slipway loading =
          slipway.with(Map.of("SLIPWAY_DEB_MIRROR", mirror, "DOCKER_HOST", docker.host()));
      loading.run("load", "web");
      docker.docker("run", "--detach", "--name=web", "--network=none", "web:latest");
      String process = docker.docker("inspect", "--format={{.State.Pid}}", "web").strip();
      String page =
          Programs.run(
              "nsenter",
              "--target",
              process,
              "--net",
              "curl",
              "--silent",
              "--show-error",
              "--retry",
              "20",
              "--retry-connrefused",
              "--retry-delay",
              "1",
              "http://127.0.0.1:8080/");
      assertThat(page).isEqualTo("<h1>Hello from Slipway</h1>\n");
      docker.docker("rm", "--force", "web");
    }
    // And is the same again, without a single download.
    String first = slipway.json("build", "web").at(0).at("configDigest").text();
    Slipway alone = slipway.with(Map.of("SLIPWAY_DEB_MIRROR", "http://127.0.0.1:1"));
    assertThat(alone.json("build", "web").at(0).at("configDigest").text()).isEqualTo(first);
  }

  @Test
  void whatIsPinnedIsWhatAptChooses() throws Exception {
    slipway.imageFile("paths: { tools: { deb: [ curl, dash ] } }");
    slipway.run("lock");
    String lock = Files.readString(slipway.home().resolve("slipway.lock"));
    String printed =
        Programs.run(
            "apt-get",
            "--print-uris",
            "--yes",
            "--no-install-recommends",
            "--reinstall",
            "install",
            "curl",
            "dash");
    List<String> uris =
        printed
            .lines()
            .filter(line -> line.startsWith("'http"))
            .map(line -> line.split(" ", -1)[3])
            .toList();
    assertThat(uris).isNotEmpty();
    for (String uri : uris) {
      assertThat(lock).contains(uri.replaceFirst("SHA256:", ""));
    }
    assertThat(URI.create(mirror).getHost())
        .satisfiesAnyOf(
            host -> assertThat(lock).doesNotContain(host),
            host -> assertThat(host).isEqualTo("mirror.example"));
  }

  @Test
  void whatIsNotDebiansIsRefused() throws Exception {
    Path own = folder.resolve("mirror/debian/dists/bookworm");
    Files.createDirectories(own);
    String release =
        Programs.run(
            "curl",
            "--silent",
            "--show-error",
            "--fail",
            mirror + "/debian/dists/bookworm/InRelease");
    Files.writeString(
        own.resolve("InRelease"), release.replaceFirst("\nLabel: Debian", "\nLabel: Other"));
    slipway.imageFile("paths: { tools: { deb: curl } }");
    assertThat(slipway.fail("lock", "--deb-mirror", "file://" + folder.resolve("mirror")))
        .contains("debian/dists/bookworm/InRelease: not signed with a key of ", "BAD signature");
    assertThat(slipway.home().resolve("slipway.lock")).doesNotExist();
  }
}
