package dev.slipway.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian's packages, from the mirror that this machine's apt uses, run in Docker. */
class DebianIT {
  private static final String ARCHIVE = "/debian";
  private static final Pattern PINNED =
      Pattern.compile("\"name\": \"([^\"]+)\",\\s*\"version\": \"([^\"]+)\"");

  @TempDir private Path folder;
  private Slipway slipway;
  private String mirror;

  @BeforeEach
  void prepare() throws IOException {
    mirror = mirror();
    slipway = Slipway.in(folder.resolve("home"));
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
    throw new AssertionError("apt is told of no mirror of Debian");
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
      Slipway loading = slipway.with(Map.of("DOCKER_HOST", docker.host()));
      loading.run("load", "web");
      docker.docker("run", "--detach", "--name=web", "--network=none", "web:latest");
      assertThat(docker.ask("web", "http://127.0.0.1:8080/"))
          .isEqualTo("<h1>Hello from Slipway</h1>\n");
      docker.docker("rm", "--force", "web");
    }
    // And is the same again, without a single download.
    String first = slipway.json("build", "web").at(0).at("configDigest").text();
    Slipway alone = slipway.with(Map.of("SLIPWAY_DEB_MIRROR", "http://127.0.0.1:1"));
    assertThat(alone.json("build", "web").at(0).at("configDigest").text()).isEqualTo(first);
  }

  private static List<String> blocks(String language) throws IOException {
    return Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
        .matcher(Files.readString(Slipway.CHECKOUT.resolve("docs/debian.md")))
        .results()
        .map(block -> block.group(1))
        .toList();
  }

  @Test
  void theCommandsOfTheDocumentationWork() throws Exception {
    slipway.imageFile(blocks("yaml").getFirst());

    assertThat(slipway.shell(blocks("sh").getFirst(), Map.of()).lines())
        .satisfiesExactly(
            lock -> assertThat(lock).endsWith("slipway.lock"),
            archive -> assertThat(archive).isEqualTo("web.tar.gz"));
  }

  @Test
  void scriptsMakeWhatThoseOfPackagesWould() throws Exception {
    slipway.imageFile(blocks("yaml").getLast());
    slipway.run("lock");
    slipway.run("build", "curl", "-o", "curl.tar");
    slipway.run("export", "curl.tar", "-o", "files.tar");
    String files = slipway.home().resolve("files.tar").toString();

    assertThat(Programs.run("tar", "-tvf", files).lines())
        .anyMatch(line -> line.endsWith(" ./usr/bin/awk -> mawk"))
        .anyMatch(line -> line.matches("-.* [0-9]{4,} .*/etc/ld.so.cache"))
        .anyMatch(line -> line.matches("-.* [0-9]{6} .*/etc/ssl/certs/ca-certificates.crt"));
  }

  /** What apt installs on a machine that has nothing, of the same mirror: NAME_VERSION. */
  private List<String> chosenByApt(String name) throws IOException, InterruptedException {
    Path state = folder.resolve("apt");
    List<String> command = new ArrayList<>(List.of("apt-get"));
    if (!Files.exists(state)) {
      Files.createDirectories(state.resolve("lists/partial"));
      Files.createDirectories(state.resolve("cache/archives/partial"));
      Files.createDirectory(state.resolve("parts"));
      Files.createFile(state.resolve("status"));
      String line = "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] " + mirror;
      Files.writeString(
          state.resolve("sources.list"),
          line
              + "/debian bookworm main\n"
              + line
              + "/debian bookworm-updates main\n"
              + line
              + "/debian-security bookworm-security main\n");
      chosenByApt("");
    }
    for (String option :
        List.of(
            "Dir::State::lists=" + state.resolve("lists"),
            "Dir::State::status=" + state.resolve("status"),
            "Dir::Cache=" + state.resolve("cache"),
            "Dir::Etc::sourcelist=" + state.resolve("sources.list"),
            "Dir::Etc::sourceparts=" + state.resolve("parts"),
            "Acquire::Check-Valid-Until=false",
            "APT::Sandbox::User=root")) {
      command.addAll(List.of("-o", option));
    }
    command.addAll(
        name.isEmpty()
            ? List.of("-qq", "update")
            : List.of("--print-uris", "--yes", "--no-install-recommends", "install", name));
    return Programs.run(command.toArray(String[]::new))
        .lines()
        .filter(line -> line.startsWith("'http"))
        .map(line -> line.split(" ", -1)[1].replaceFirst("_[a-z0-9]+\\.deb$", ""))
        .map(file -> file.replace("%3a", ":"))
        .sorted()
        .toList();
  }

  @Test
  void whatIsPinnedIsWhatAptChooses() throws Exception {
    for (String name : List.of("nginx-light", "redis-server", "curl", "python3-minimal")) {
      slipway.imageFile("paths: { tools: { deb: " + name + " } }");
      slipway.run("lock");
      String lock = Files.readString(slipway.home().resolve("slipway.lock"));
      assertThat(lock).doesNotContain("http:", "https:");
      List<String> pinned = new ArrayList<>();
      for (MatchResult match : PINNED.matcher(lock).results().toList()) {
        pinned.add(match.group(1) + "_" + match.group(2));
      }
      assertThat(pinned).as(name).containsExactlyInAnyOrderElementsOf(chosenByApt(name));
    }
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
