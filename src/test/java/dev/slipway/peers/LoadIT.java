package dev.slipway.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Docker and podman take images at their sockets. */
class LoadIT {
  @TempDir private static Path folder;
  private static DockerDaemon docker;
  private static Slipway slipway;

  @BeforeAll
  static void prepare() throws Exception {
    docker = DockerDaemon.start(folder);
    slipway = Slipway.in(folder.resolve("home")).with(Map.of("DOCKER_HOST", docker.host()));
    BusyboxRoot.make(slipway.home().resolve("rootfs"));
    slipway.imageFile(
        """
        paths:
          greeting: { writeText: { name: greeting, text: "good day\\n" } }
          farewell: { writeText: { name: farewell, text: "good night\\n" } }
        images:
          base:
            buildImage: { name: base, tag: "1", copyToRoot: [ ./rootfs ] }
          day:
            buildLayeredImage:
              name: greeter
              tag: day
              fromImage: ${{ images.base }}
              config: { Cmd: [ /bin/cat, "${{ paths.greeting }}" ] }
          night:
            buildLayeredImage:
              name: greeter
              tag: night
              fromImage: ${{ images.base }}
              config: { Cmd: [ /bin/cat, "${{ paths.farewell }}" ] }
        """);
  }

  @AfterAll
  static void stop() {
    docker.close();
  }

  @Test
  void dockerIsSentWhatItDoesNotHave() throws Exception {
    assertThat(slipway.run("load", "day")).isEqualTo("Loaded image: greeter:day\n");
    assertThat(docker.docker("run", "--rm", "--network=none", "greeter:day"))
        .isEqualTo("good day\n");

    Document night = slipway.json("load", "night").at(0);

    assertThat(night.at("layers")).hasToString("3");
    assertThat(night.at("layersSent")).hasToString("2");
    assertThat(docker.docker("run", "--rm", "--network=none", "greeter:night"))
        .isEqualTo("good night\n");
    assertThat(docker.docker("image", "inspect", "--format={{.Id}}", "greeter:night").strip())
        .isEqualTo(night.at("configDigest").text());
    docker.docker("image", "rm", "--force", "greeter:day", "greeter:night");
    assertThat(slipway.json("load", "night").at(0).at("layersSent")).hasToString("3");
  }

  @Test
  void dockerTakesAnArchive() throws Exception {
    slipway.run("build", "base", "-o", "base.tar.gz");

    assertThat(slipway.run("load", "base.tar.gz")).isEqualTo("Loaded image: base:1\n");
    assertThat(
            docker.docker("run", "--rm", "--network=none", "base:1", "/bin/sh", "-c", "echo hello"))
        .isEqualTo("hello\n");
  }

  @Test
  void podmanTakesAnImageToo() throws Exception {
    Path socket = folder.resolve("podman.sock");
    Process podman =
        new ProcessBuilder(podman("system", "service", "--time=0", "unix://" + socket))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("podman.log").toFile())
            .start();
    try {
      awaitFile(socket, podman);
      Slipway toPodman = slipway.with(Map.of("DOCKER_HOST", "unix://" + socket));

      String said = toPodman.run("load", "night");

      assertThat(said).startsWith("Loaded image").endsWith("greeter:night\n");
      String name = said.substring(said.lastIndexOf(' ') + 1).strip();
      String id = Programs.run(podman("image", "inspect", "--format={{.Id}}", name));
      assertThat("sha256:" + id.strip())
          .isEqualTo(toPodman.json("load", "night").at(0).at("configDigest").text());
    } finally {
      podman.destroy();
      if (!podman.waitFor(30, TimeUnit.SECONDS)) {
        podman.destroyForcibly().waitFor();
      }
    }
  }

  /** podman with images of the test's own. */
  private static String[] podman(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "podman",
                "--root=" + folder.resolve("podman"),
                "--runroot=" + folder.resolve("podman-run"),
                "--storage-driver=vfs",
                "--cgroup-manager=cgroupfs"));
    command.addAll(List.of(arguments));
    return command.toArray(String[]::new);
  }

  private static void awaitFile(Path file, Process maker) throws IOException, InterruptedException {
    while (!Files.exists(file)) {
      if (maker.waitFor(100, TimeUnit.MILLISECONDS)) {
        throw new AssertionError(Files.readString(folder.resolve("podman.log")));
      }
    }
  }
}
