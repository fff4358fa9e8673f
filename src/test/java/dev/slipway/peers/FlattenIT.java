package dev.slipway.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.layer.RandomLayers;
import dev.slipway.layer.RawTar;
import dev.slipway.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What {@code export} makes of generated layers is what umoci unpacks and what Docker exports, and
 * Docker imports it.
 */
class FlattenIT {
  @TempDir private static Path folder;
  private static Slipway slipway;
  private static Trees trees;
  private static DockerDaemon daemon;

  @BeforeAll
  static void prepare() throws Exception {
    slipway = Slipway.in(folder.resolve("home"));
    trees = new Trees(folder);
    daemon = DockerDaemon.start(folder);
  }

  @AfterAll
  static void stop() {
    daemon.close();
  }

  /** An archive of one image with these layers. */
  private static Path archive(String name, List<byte[]> layers) throws IOException {
    List<String> diffIds = new ArrayList<>();
    List<String> names = new ArrayList<>();
    RawTar tar = new RawTar();
    for (int i = 0; i < layers.size(); i++) {
      diffIds.add("\"" + Digest.of(layers.get(i)) + "\"");
      names.add("\"" + i + "/layer.tar\"");
      tar.file(i + "/layer.tar", layers.get(i));
    }
    String config =
        """
        {"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/none"]},
         "rootfs": {"type": "layers", "diff_ids": [%s]}}
        """
            .formatted(String.join(",", diffIds));
    String configName = Digest.of(config.getBytes(StandardCharsets.UTF_8)).hex() + ".json";
    String manifest =
        """
        [{"Config": "%s", "RepoTags": ["%s:1"], "Layers": [%s]}]
        """
            .formatted(configName, name, String.join(",", names));
    tar.file(configName, config).file("manifest.json", manifest);
    return Files.write(slipway.home().resolve(name + ".tar"), tar.end());
  }

  /** What lies below {@code root}, with one time and without telling hard links. */
  private static String listing(Path root) throws Exception {
    Programs.run(
        root, "find", ".", "-exec", "touch", "--no-dereference", "-d@315532800", "{}", "+");
    return trees.list(root).replaceAll("(?m) is .* ([0-9a-f]{16})$", " $1");
  }

  private static Path extracted(Path tar) throws Exception {
    Path root = Files.createDirectory(tar.resolveSibling(tar.getFileName() + ".d"));
    Programs.run("tar", "-C", root.toString(), "--numeric-owner", "-xpf", tar.toString());
    return root;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 5, 8, 13, 21, 34, 55, 89})
  void umociAndDockerSeeTheSameFiles(long seed) throws Exception {
    String name = "random-" + seed;
    Path archive = archive(name, RandomLayers.of(seed));
    Path flat = slipway.home().resolve(name + "-flat.tar");
    assertThat(slipway.run("export", archive.toString(), "-o", flat.toString()))
        .isEqualTo(flat + "\n");
    String files = listing(extracted(flat));

    assertThat(files).as("umoci, seed %d", seed).isEqualTo(umoci(name, archive));
    assertThat(files).as("docker, seed %d", seed).isEqualTo(docker(name, archive));
  }

  private static String umoci(String name, Path archive) throws Exception {
    Path layout = folder.resolve(name + "-layout");
    Path bundle = folder.resolve(name + "-bundle");
    Programs.run(
        "skopeo",
        "--insecure-policy",
        "copy",
        "--quiet",
        "docker-archive:" + archive,
        "oci:" + layout + ":image");
    Programs.run("umoci", "unpack", "--image", layout + ":image", bundle.toString());
    return listing(bundle.resolve("rootfs"));
  }

  private static String docker(String name, Path archive) throws Exception {
    daemon.docker("load", "--quiet", "--input", archive.toString());
    String container = daemon.docker("create", name + ":1").strip();
    Path exported = folder.resolve(name + "-docker.tar");
    daemon.docker("export", "--output", exported.toString(), container);
    Path root = extracted(exported);
    // What Docker puts into every container.
    for (String own : List.of(".dockerenv", "dev", "etc", "proc", "sys")) {
      Programs.run("rm", "-r", root.resolve(own).toString());
    }
    return listing(root);
  }

  @Test
  void dockerImportsWhatIsExported() throws Exception {
    Path rootfs = slipway.home().resolve("rootfs");
    BusyboxRoot.make(rootfs);
    slipway.imageFile(
        """
        images:
          base: { buildImage: { name: base, copyToRoot: ./rootfs } }
          flat: { exportImage: { fromImage: "${{ images.base }}" } }
        """);
    slipway.run("build", "flat");

    daemon.docker("import", slipway.home().resolve("flat.tar").toString(), "flat:1");

    assertThat(
            daemon.docker(
                "run", "--rm", "--network", "none", "flat:1", "/bin/sh", "-c", "echo hello"))
        .isEqualTo("hello\n");
  }
}
