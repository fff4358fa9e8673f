package dev.slipway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.oci.Json;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonLimits;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.channels.Pipe;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Builds from plain folders into the embedded store. */
class BuildCommandTest {
  @TempDir Path folder;

  @BeforeEach
  void writeSources() throws IOException {
    Files.createDirectories(folder.resolve("temporary"));
    Files.createDirectories(folder.resolve("rootfs/etc"));
    Files.writeString(folder.resolve("rootfs/etc/motd"), "hello\n");
    Files.writeString(
        folder.resolve("slipway.yaml"),
        """
        paths:
          conf: { writeText: { name: app.conf, text: "root=${{ paths.web }}" } }
          web: { writeTextDir: { path: index.html, text: "<h1>hello</h1>" } }
        images:
          app:
            buildLayeredImage:
              name: Example/App
              tag: "1"
              architecture: amd64
              fromImage: ${{ images.base }}
              config: { Cmd: [ app, "${{ paths.conf }}" ], Env: [ B=2 ] }
          base:
            streamLayeredImage:
              name: base
              tag: latest
              architecture: amd64
              contents: ./rootfs
              config: { Env: [ A=1 ] }
          untagged: { buildLayeredImage: { name: untagged, architecture: amd64, compressor: zstd } }
          now: { streamLayeredImage: { name: now, tag: latest, architecture: amd64, created: now } }
          plain: { buildImage: { name: plain, runAsRoot: "true" } }
          root: { buildLayeredImage: { name: root, fakeRootCommands: "chown 1:1 ." } }
          lost: { buildLayeredImage: { name: lost, contents: ./missing } }
          foreign:
            buildLayeredImage: { name: f, contents: /nix/store/5hv34572grxq70fkqvf0jb5bvnkz9mqi-a }
        """);
  }

  private Run run(String command, String... arguments) {
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--file", folder.resolve("slipway.yaml").toString(), "--store", "embedded"));
    return Run.with(
        Map.of(
            "XDG_DATA_HOME", folder.resolve("data").toString(),
            "XDG_CACHE_HOME", folder.resolve("cache").toString(),
            "TMPDIR", folder.resolve("temporary").toString()),
        all.toArray(String[]::new));
  }

  private JsonObject inspect(Path archive) throws IOException {
    Run run = Run.of("inspect", "--json", archive.toString());
    assertThat(run.err()).isEmpty();
    return (JsonObject)
        ((JsonArray) Json.parse(run.output().toByteArray(), "output", JsonLimits.FOREIGN))
            .elements()
            .getFirst();
  }

  private static void assertThatNothingIsLeftIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void buildsAnImageAndWhatItIsMadeFrom() throws Exception {
    Path out = folder.resolve("app.tar.gz");
    Run run = run("build", "app", "-o", out.toString(), "--quiet");
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).isEqualTo(out + "\n");
    JsonObject image = inspect(out);
    assertThat(image.get("repoTags")).isEqualTo(JsonArray.ofStrings(List.of("example/app:1")));
    String config = String.valueOf(image.get("config"));
    assertThat(config).contains("A=1", "B=2", "-app.conf", "-index.html");
    assertThatNothingIsLeftIn(folder.resolve("temporary"));
  }

  @Test
  void digestsOfObjectsHoldForTheirModesOnly() throws Exception {
    Path out = folder.resolve("app.tar.gz");
    assertThat(run("build", "app", "-o", out.toString(), "--quiet").err()).isEmpty();
    JsonObject before = inspect(out);
    try (Stream<Path> objects = Files.list(folder.resolve("data/slipway/nix/store"))) {
      for (Path object : objects.toList()) {
        String mode = Files.isDirectory(object) ? "rwxr-xr-x" : "rw-r--r--";
        Files.setPosixFilePermissions(object, PosixFilePermissions.fromString(mode));
      }
    }

    assertThat(run("build", "app", "-o", out.toString(), "--quiet").err()).isEmpty();

    assertThat(inspect(out).get("layers")).isNotEqualTo(before.get("layers"));
  }

  @Test
  void streamsWhatItBuilds() throws Exception {
    Path out = folder.resolve("app.tar.gz");
    assertThat(run("build", "app", "-o", out.toString()).status()).isZero();
    Run streamed = run("stream", "app");
    assertThat(streamed.status()).isZero();
    try (GZIPInputStream built =
        new GZIPInputStream(new ByteArrayInputStream(Files.readAllBytes(out)))) {
      assertThat(streamed.output().toByteArray()).isEqualTo(built.readAllBytes());
    }
    Run piped = run("build", "app", "-o", "-");
    assertThat(piped.output().toByteArray()).isEqualTo(Files.readAllBytes(out));
    assertThat(streamed.err()).contains("example/app:1: layer 1 of ");
  }

  @Test
  void describesWhatItBuiltAsJson() throws Exception {
    Path out = folder.resolve("base.tar");
    Run run = run("build", "base", "--json", "-o", out.toString());
    JsonArray built =
        (JsonArray) Json.parse(run.output().toByteArray(), "output", JsonLimits.FOREIGN);
    assertThat(built.elements()).hasSize(1);
    JsonObject image = (JsonObject) built.elements().getFirst();
    assertThat(image.members().keySet())
        .containsExactly("name", "tag", "out", "configDigest", "layers");
    assertThat(image.get("out")).isEqualTo(new JsonString(out.toString()));
    assertThat(image.get("configDigest")).isEqualTo(inspect(out).get("configDigest"));
    assertThat(image.get("layers"))
        .isInstanceOfSatisfying(
            JsonArray.class,
            layers ->
                assertThat(((JsonObject) layers.elements().getFirst()).members().keySet())
                    .containsExactly("diffId", "size", "entries", "paths"));
  }

  @Test
  void tagsWhatHasNoTagAfterItsConfig() throws Exception {
    Path out = folder.resolve("untagged.tar.zst");
    assertThat(run("build", "untagged", "-o", out.toString()).status()).isZero();
    assertThat(String.valueOf(inspect(out).get("repoTags")))
        .containsPattern("untagged:[0-9abcdfghijklmnpqrsvwxyz]{32}\\b");
  }

  @Test
  void takesTheTimeFromTheClock() throws Exception {
    Path out = folder.resolve("now.tar");
    assertThat(run("build", "now", "-o", out.toString()).status()).isZero();
    assertThat(String.valueOf(inspect(out).get("config")))
        .contains("2026-11-22T01:02:03.456789+00:00");
  }

  @Test
  void saysWhyItDoesNot() throws Exception {
    Path file = folder.resolve("slipway.yaml");
    assertThat(run("build", "aap").err())
        .isEqualTo("slipway: %s: no image 'aap'; the nearest known one is 'app'\n".formatted(file));
    assertThat(run("build", "aap").status()).isEqualTo(2);
    assertThat(run("build", "lost").err())
        .isEqualTo("slipway: %s:23:54: ./missing: no such file or directory\n".formatted(file));
    assertThat(run("build", "lost").status()).isEqualTo(2);
    assertThat(run("build", "foreign", "-o", folder.resolve("f.tar").toString()).err())
        .contains("/nix/store/5hv34572grxq70fkqvf0jb5bvnkz9mqi-a")
        .hasLineCount(1);
    assertThat(folder.resolve("f.tar")).doesNotExist();
    assertThat(run("build", "app", "base", "-o", "x").err())
        .isEqualTo("slipway: -o names one archive, but there are 2 images\n");
    assertThat(run("build").err()).isEqualTo("slipway: slipway build needs the NAME of an image\n");
    assertThat(run("build", "app", "-o", "-", "--json").status()).isEqualTo(2);
    assertThat(run("build", "app", "-o", "x/").err())
        .isEqualTo("slipway: -o: expected a file, but 'x/' names a directory\n");
    for (String command : List.of("export", "merge")) {
      assertThat(Run.of(command, "a.tar", "-o", "x/").err())
          .isEqualTo(run("build", "app", "-o", "x/").err());
    }
    assertThat(run("stream", "app", "base").status()).isEqualTo(2);
    assertThat(run("stream", "app", "--json").status()).isEqualTo(2);
    assertThat(run("stream", "app", "-t", "a:b").err()).isEqualTo("slipway: -t needs --conf\n");
    assertThat(Run.of("build", "app", "-f", folder.resolve("none.yaml").toString()).err())
        .isEqualTo(
            "slipway: %s: no such image file; -f names another\n"
                .formatted(folder.resolve("none.yaml")));
    assertThat(Run.of("build", "app", "-f", folder.toString()).err())
        .isEqualTo("slipway: %s: a directory, expected an image file\n".formatted(folder));
    assertThat(Run.of("stream", "--conf", folder.toString()).err())
        .isEqualTo("slipway: %s: a directory, expected a stream configuration\n".formatted(folder));
    assertThat(run("build", "app", "-o", "").err()).isEqualTo("slipway: -o needs its OUT\n");
    assertThat(Run.of("inspect", "x", "-o", "y").err())
        .isEqualTo("slipway: slipway inspect has no option -o\n");
    assertThatNothingIsLeftIn(folder.resolve("temporary"));
  }

  @Test
  void namesAFullDisk() throws Exception {
    Run run = run("build", "base", "-o", "/dev/full", "--quiet");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).isEqualTo("slipway: /dev/full: No space left on device\n");
    assertThatNothingIsLeftIn(folder.resolve("temporary"));
  }

  @Test
  void endsWhenNobodyReads() throws Exception {
    Pipe pipe = Pipe.open();
    pipe.source().close();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    try (Pipe.SinkChannel out = pipe.sink()) {
      int status =
          Main.run(
              List.of(
                  "stream",
                  "base",
                  "--quiet",
                  "--store",
                  "embedded",
                  "-f",
                  folder.resolve("slipway.yaml").toString()),
              Map.of(
                  "XDG_DATA_HOME", folder.resolve("data").toString(),
                  "XDG_CACHE_HOME", folder.resolve("cache").toString(),
                  "TMPDIR", folder.resolve("temporary").toString()),
              new Streams(
                  InputStream.nullInputStream(),
                  out,
                  new PrintStream(err, true, StandardCharsets.UTF_8),
                  false,
                  false,
                  false),
              InstantSource.system());
      assertThat(status).isEqualTo(1);
    }
    assertThat(err.toString(StandardCharsets.UTF_8))
        .isEqualTo("slipway: standard output was closed before everything was written\n");
    assertThatNothingIsLeftIn(folder.resolve("temporary"));
  }

  @Test
  void streamsAConfiguration() throws Exception {
    Path customisation = Files.createDirectories(folder.resolve("customisation"));
    Files.write(customisation.resolve("layer.tar"), new byte[10240]);
    Files.writeString(
        customisation.resolve("checksum"),
        "84ff92691f909a05b224e1c56abb4864f01b4f8e3c854e4bb4c7baf1d3f6d652\n");
    Path conf =
        Files.writeString(
            folder.resolve("conf.json"),
            """
            {"architecture": "amd64", "os": "linux", "config": {}, "created": "now",
             "uid": "0", "gid": 0, "uname": "root", "gname": "root", "store_dir": "/nix/store",
             "from_image": null, "store_layers": [], "customisation_layer": "%s",
             "repo_tag": "a:b"}
            """
                .formatted(customisation));
    Run run = Run.of("stream", "--conf", conf.toString(), "-t", "c:d", "--store", "embedded");
    assertThat(run.status()).isZero();
    Path archive = Files.write(folder.resolve("c.tar"), run.output().toByteArray());
    assertThat(inspect(archive).get("repoTags")).isEqualTo(JsonArray.ofStrings(List.of("c:d")));
    assertThat(Run.of("stream", "--conf", conf.toString(), "web").status()).isEqualTo(2);

    Path checksum = customisation.resolve("checksum");
    Files.write(checksum, new byte[] {(byte) 0xff});
    assertThat(Run.of("stream", "--conf", conf.toString(), "--store", "embedded").err())
        .isEqualTo("slipway: " + checksum + ": expected 64 hex digits, found 'ÿ'\n");
    Files.delete(checksum);
    Files.createDirectory(checksum);
    assertThat(Run.of("stream", "--conf", conf.toString(), "--store", "embedded").err())
        .isEqualTo("slipway: " + checksum + ": expected the digest of the customisation layer\n");
  }
}
