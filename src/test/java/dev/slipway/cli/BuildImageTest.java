package dev.slipway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.cli.TarFiles.Member;
import dev.slipway.oci.Digest;
import dev.slipway.oci.Json;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonLimits;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code buildImage} makes of its arguments, in the embedded store. */
class BuildImageTest {
  @TempDir Path folder;

  /** The image {@code it} of an image file that holds this. */
  private Built build(String images) throws IOException {
    return build("", images);
  }

  private Built build(String paths, String images) throws IOException {
    Run run = run(paths, images, "--quiet");
    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    return new Built(output());
  }

  private Run run(String paths, String images, String... options) throws IOException {
    Files.createDirectories(folder.resolve("temporary"));
    String file = (paths.isEmpty() ? "" : "paths:\n" + paths.indent(2)) + "images:\n";
    Files.writeString(folder.resolve("slipway.yaml"), file + images.indent(2));
    List<String> command = new ArrayList<>(List.of("build", "it"));
    command.addAll(
        List.of(
            "-f",
            folder.resolve("slipway.yaml").toString(),
            "-o",
            folder.resolve("it.tar").toString(),
            "--store",
            "embedded"));
    command.addAll(List.of(options));
    Run run =
        Run.with(
            Map.of(
                "PATH", "/usr/bin:/bin",
                "XDG_DATA_HOME", folder.resolve("data").toString(),
                "XDG_CACHE_HOME", folder.resolve("cache").toString(),
                "TMPDIR", folder.resolve("temporary").toString()),
            command.toArray(String[]::new));
    try (Stream<Path> left = Files.list(folder.resolve("temporary"))) {
      assertThat(left).hasSize(command.contains("--keep-failed") ? 1 : 0);
    }
    return run;
  }

  /** The output, whose compression is the default. */
  private byte[] output() throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(folder.resolve("it.tar")))) {
      return in.readAllBytes();
    }
  }

  private Path file(String path, String content) throws IOException {
    Path file = folder.resolve(path);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }

  /** An archive of one image. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Built(byte[] archive) {
    JsonObject manifest() throws IOException {
      return (JsonObject) ((JsonArray) json("manifest.json")).elements().getFirst();
    }

    JsonValue json(String member) throws IOException {
      return Json.parse(TarFiles.content(archive, member), member, JsonLimits.FOREIGN);
    }

    JsonObject config() throws IOException {
      return (JsonObject) json(((JsonString) at(manifest(), "Config")).value());
    }

    String configText() throws IOException {
      String name = ((JsonString) at(manifest(), "Config")).value();
      return new String(TarFiles.content(archive, name), StandardCharsets.UTF_8);
    }

    List<String> environment() throws IOException {
      return strings(at(config(), "config", "Env"));
    }

    List<String> layerNames() throws IOException {
      return strings(at(manifest(), "Layers"));
    }

    byte[] topLayer() throws IOException {
      return TarFiles.content(archive, layerNames().getLast());
    }

    String topDocument() throws IOException {
      String name = layerNames().getLast().replace("layer.tar", "json");
      return new String(TarFiles.content(archive, name), StandardCharsets.UTF_8);
    }

    /** The names in the top layer, store paths without their hash parts. */
    List<String> topNames() throws IOException {
      return TarFiles.names(topLayer()).stream()
          .map(name -> name.replaceFirst("^nix/store/[0-9a-z]{32}-", "nix/store/-"))
          .toList();
    }

    static JsonValue at(JsonValue value, String... keys) {
      JsonValue found = value;
      for (String key : keys) {
        found = Objects.requireNonNull(((JsonObject) found).get(key));
      }
      return found;
    }

    static List<String> strings(JsonValue list) {
      return ((JsonArray) list)
          .elements().stream().map(element -> ((JsonString) element).value()).toList();
    }
  }

  /** A docker archive of images that are given by name, config and layers. */
  private static byte[] archive(Image... images) throws IOException {
    TarFiles.Writer tar = new TarFiles.Writer();
    List<String> entries = new ArrayList<>();
    for (Image image : images) {
      List<String> names = new ArrayList<>();
      List<String> diffIds = new ArrayList<>();
      for (byte[] layer : image.layers()) {
        String hex = Digest.of(layer).hex();
        tar.add(hex + "/layer.tar", layer);
        names.add("\"" + hex + "/layer.tar\"");
        diffIds.add("\"sha256:" + hex + "\"");
      }
      byte[] config =
          "{\"config\":%s,\"rootfs\":{\"type\":\"layers\",\"diff_ids\":%s}}"
              .formatted(image.config(), diffIds)
              .getBytes(StandardCharsets.UTF_8);
      String name = Digest.of(config).hex() + ".json";
      tar.add(name, config);
      entries.add(
          "{\"Config\":\"%s\",\"RepoTags\":[\"%s\"],\"Layers\":%s}"
              .formatted(name, image.repoTag(), names));
    }
    return tar.add("manifest.json", entries.toString().getBytes(StandardCharsets.UTF_8)).end();
  }

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Image(String repoTag, String config, byte[]... layers) {}

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  // -- The archive

  @Test
  void theArchiveIsAReadOnlyFolderInOrder() throws Exception {
    file("root/etc/motd", "hello\n");
    Built built = build("it: { buildImage: { name: Some/It, tag: T, copyToRoot: ./root } }");
    List<Member> members = TarFiles.read(built.archive());
    assertThat(members)
        .allSatisfy(m -> assertThat(m.header()).contains(" 0:0 root:root 315532800 "));
    assertThat(members.stream().map(m -> m.header().substring(0, 4) + " " + shape(m.name())))
        .containsExactlyInAnyOrder(
            "0555 ./",
            "0555 HASH/",
            "0444 HASH/VERSION",
            "0444 HASH/json",
            "0444 HASH/layer.tar",
            "0444 HASH.json",
            "0444 manifest.json",
            "0444 repositories");
    List<String> names = TarFiles.names(built.archive());
    assertThat(names.subList(1, names.size())).isSorted();
    assertThat(built.manifest().members().keySet()).containsExactly("RepoTags", "Layers", "Config");
    String id = built.layerNames().getFirst().substring(0, 64);
    assertThat(
            new String(TarFiles.content(built.archive(), "repositories"), StandardCharsets.UTF_8))
        .isEqualTo("{\n \"some\\/it\": {\n  \"T\": \"" + id + "\"\n }\n}\n");
    assertThat(TarFiles.content(built.archive(), id + "/VERSION")).asString().isEqualTo("1.0");
  }

  private static String shape(String name) {
    return name.replaceAll("[0-9a-f]{64}", "HASH");
  }

  @Test
  void theLayersDocumentIsNamedByItsDigestWithoutIdAndSize() throws Exception {
    Built built = build("it: { buildImage: { name: it, tag: t, architecture: arm64 } }");
    String id = built.layerNames().getFirst().substring(0, 64);
    String document = built.topDocument();
    String named = document.replaceFirst(",\n \"id\": \"" + id + "\",\n \"Size\": 10240\n", "\n");
    assertThat(Digest.of(named.getBytes(StandardCharsets.UTF_8)).hex()).isEqualTo(id);
    Run sum = Run.reading(built.topLayer(), "tarsum");
    assertThat(document)
        .isEqualTo(
            """
            {
             "architecture": "arm64",
             "config": null,
             "created": "1970-01-01T00:00:01Z",
             "os": "linux",
             "preferLocalBuild": true,
             "checksum": "%s",
             "id": "%s",
             "Size": 10240
            }
            """
                .formatted(sum.out().strip(), id));
  }

  @Test
  void theConfigHasEnvEvenIfThereIsNone() throws Exception {
    assertThat(build("it: { buildImage: { name: it, tag: t, architecture: amd64 } }").configText())
        .isEqualTo(
            """
            {
              "architecture": "amd64",
              "config": {
                "Env": []
              },
              "created": "1970-01-01T00:00:01Z",
              "os": "linux",
              "preferLocalBuild": true,
              "rootfs": {
                "diff_ids": [
                  "sha256:be34169d0aa13cdeb4d2caa2885235bcfef223ea3aa0361917d3d0a6804f60d4"
                ],
                "type": "layers"
              },
              "history": [
                {
                  "created": "1970-01-01T00:00:01Z"
                }
              ]
            }
            """);
  }

  @Test
  void namesInTheConfigAreSortedAndNumbersAsGiven() throws Exception {
    Built built =
        build(
            """
            it:
              buildImage:
                name: it
                config: { b: { z: 9007199254740993, a: 1.5 }, Env: null, "é": [ "/" ], a: 1.0e400 }
            """);
    assertThat(built.configText())
        .contains(
            """
              "config": {
                "Env": [],
                "a": 1.0e400,
                "b": {
                  "a": 1.5,
                  "z": 9007199254740993
                },
                "é": [
                  "/"
                ]
              },
            """);
    assertThat(built.topDocument())
        .contains("\"Env\": null", "\"z\": 9007199254740993", "\"é\": [\n   \"\\/\"");
  }

  @ParameterizedTest
  @CsvSource({
    "now, 2026-11-22T01:02:03+00:00",
    "2020-02-29T12:34:56+02:00, 2020-02-29T12:34:56+02:00",
    "2020-02-29, 2020-02-29T00:00:00Z",
    "@1700000000, 2023-11-14T22:13:20Z"
  })
  void createdIsKeptWhereItIsRfc3339(String given, String written) throws Exception {
    Built built = build("it: { buildImage: { name: it, created: \"" + given + "\" } }");
    assertThat(built.config().get("created")).isEqualTo(new JsonString(written));
    assertThat(built.configText())
        .endsWith("{\n      \"created\": \"" + written + "\"\n    }\n  ]\n}\n");
    assertThat(built.topDocument()).contains("\"created\": \"" + written + "\"");
  }

  @Test
  void theTagFollowsFromTheConfigWhereThereIsNone() throws Exception {
    Built built = build("it: { buildImage: { name: it, tag: null } }");
    String repoTag = Built.strings(Built.at(built.manifest(), "RepoTags")).getFirst();
    assertThat(repoTag).matches("it:[0-9abcdfghijklmnpqrsvwxyz]{32}");
    assertThat(
            new String(TarFiles.content(built.archive(), "repositories"), StandardCharsets.UTF_8))
        .contains(repoTag.substring(3));
  }

  // -- The layer

  @Test
  void onlyWhatWasCopiedOrMadeBelongsToUidAndGid() throws Exception {
    String paths =
        "a: { writeText: { name: a, text: nothing } }\n"
            + "d: { writeTextDir: { path: f, text: \"${{ paths.a }}\" } }";
    Built built =
        build(
            paths,
            """
            it:
              buildImage:
                { name: it, uid: 1000, gid: 0, copyToRoot: "${{ paths.d }}", extraCommands: touch made }
            """);
    List<String> headers =
        TarFiles.read(built.topLayer()).stream()
            .map(m -> m.header().replaceFirst("/[0-9a-z]{32}-", "/"))
            .toList();
    assertThat(headers)
        .containsExactly(
            "0775 1000:0 :root 315532800 ./",
            "0444 1000:0 :root 315532800 ./f",
            "0644 1000:0 :root 315532800 ./made",
            "0555 0:0 root:root 315532800 ./nix/",
            "0555 0:0 root:root 315532800 ./nix/store/",
            "0444 0:0 root:root 315532800 nix/store/a");
  }

  @Test
  void theClosureOfConfigAndScriptIsAdded() throws Exception {
    String paths =
        """
        below: { writeText: { name: below, text: nothing } }
        named: { writeText: { name: named, text: "${{ paths.below }}" } }
        made: { writeText: { name: made, text: nothing } }
        unused: { writeText: { name: unused, text: nothing } }
        """;
    Built built =
        build(
            paths,
            """
            it:
              buildImage:
                name: it
                config: { Cmd: [ "${{ paths.named }}" ] }
                extraCommands: |
                  echo ${{ paths.made }} > link
                  : ${{ paths.unused }}
            """);
    assertThat(built.topNames().stream().map(name -> name.replaceFirst("store/-", "store/")))
        .containsExactlyInAnyOrder(
            "./",
            "./link",
            "./nix/",
            "./nix/store/",
            "nix/store/below",
            "nix/store/made",
            "nix/store/named");
  }

  @Test
  void whatTheLayerBeginsWithIsNotAppendedAgain() throws Exception {
    String paths =
        """
        dir: { writeTextDir: { path: d/f, text: nothing } }
        other: { writeText: { name: other, text: nothing } }
        """;
    Built built =
        build(
            paths,
            """
            it:
              buildImage:
                name: it
                config: { Cmd: [ "${{ paths.dir }}", "${{ paths.other }}" ] }
                extraCommands: |
                  mkdir -p .${{ paths.dir }}
                  touch .${{ paths.other }} .${{ paths.dir }}/own
            """);
    assertThat(built.topNames().stream().map(name -> name.replaceAll("[0-9a-z]{32}", "")))
        .containsExactlyInAnyOrder(
            "./",
            "./nix/",
            "./nix/store/",
            "./nix/store/-other",
            "./nix/store/-f/",
            "./nix/store/-f/own",
            "nix/store/-f/d/",
            "nix/store/-f/d/f");
  }

  @Test
  void scriptsMayNotWriteWhereTheStoreForbidsIt() throws Exception {
    file("root/bin/x", "x");
    String image = "it: { buildImage: { name: it, copyToRoot: ./root, extraCommands: \"%s\" } }";
    Run refused = run("", image.formatted("touch bin/y"), "--quiet");
    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.err())
        .startsWith("slipway: extraCommands of image 'it' failed with exit status 1");
    assertThat(folder.resolve("it.tar")).doesNotExist();
    assertThat(build(image.formatted("chmod u+w bin; touch bin/y; chmod 4755 bin/y")).topNames())
        .containsExactly("./", "./bin/", "./bin/x", "./bin/y");
  }

  @Test
  void theTreeOfAScriptThatFailsIsKeptWhereAsked() throws Exception {
    String image = "it: { buildImage: { name: it, extraCommands: 'echo kept > f; false' } }";
    assertThat(run("", image).err()).doesNotContain("is kept in");
    Run failed = run("", image, "--keep-failed");
    Matcher place = Pattern.compile("has left is kept in (.*)\n").matcher(failed.err());
    assertThat(place.find()).as(failed.err()).isTrue();
    assertThat(Path.of(place.group(1)).resolve("tree/f")).hasContent("kept\n");
  }

  @Test
  void whatAScriptSaysIsShownWhenItFailsHoweverQuiet() throws Exception {
    String image = "it: { buildImage: { name: it, extraCommands: 'echo one; echo two; false' } }";
    assertThat(run("", image, "--quiet").err())
        .matches("(?s)one\nslipway: extraCommands.*: two \\(.*");
  }

  @Test
  void contentsIsTheOldNameOfCopyToRoot() throws Exception {
    file("root/x", "x");
    Run run = run("", "it: { buildImage: { name: it, contents: ./root } }");
    assertThat(run.status()).isZero();
    assertThat(run.err()).contains("slipway: warning: image 'it': contents is deprecated");
    byte[] old = output();
    assertThat(build("it: { buildImage: { name: it, copyToRoot: ./root } }").archive())
        .isEqualTo(old);
    Run both = run("", "it: { buildImage: { name: it, contents: ./root, copyToRoot: ./root } }");
    assertThat(both.status()).isEqualTo(2);
    assertThat(both.err()).hasLineCount(1).contains("contents is the old name of copyToRoot");
  }

  @Test
  void whatElseIsInTheStoreChangesNothing() throws Exception {
    String far = "far: { writeTextDir: { path: f, text: far } }";
    assertThat(
            run(far, "it: { buildImage: { name: it, copyToRoot: \"${{ paths.far }}\" } }").status())
        .isZero();
    Path object;
    try (Stream<Path> objects = Files.list(folder.resolve("data/slipway/nix/store"))) {
      object = objects.filter(path -> path.toString().endsWith("-f")).findFirst().orElseThrow();
    }
    Files.createDirectories(folder.resolve("root"));
    Files.createSymbolicLink(
        folder.resolve("root/link"), Path.of("/nix/store", object.getFileName().toString()));
    Built built = build("it: { buildImage: { name: it, copyToRoot: ./root } }");
    assertThat(built.topNames()).containsExactly("./", "./link");
    Built naming =
        build(
            far, "it: { buildImage: { name: it, copyToRoot: [ ./root, \"${{ paths.far }}\" ] } }");
    assertThat(naming.topNames()).containsExactly("./", "./f", "./link/", "./link/f");
  }

  // -- On top of others

  @ParameterizedTest
  @ValueSource(strings = {"none", "gz", "zstd"})
  void anImageOnABaseHoldsBoth(String compressor) throws Exception {
    file("one/x", "x");
    file("two/y", "y");
    Built built =
        build(
            """
            base: { buildImage: { name: base, copyToRoot: ./one, compressor: %s,
                                  config: { Env: [ A=1, B=1, A=2 ], Cmd: [ c ] } } }
            it: { buildImage: { name: it, copyToRoot: ./two, fromImage: "${{ images.base }}",
                                config: { Env: [ B=2, C=1, C=2 ] } } }
            """
                .formatted(compressor));
    assertThat(built.environment()).containsExactly("A=2", "B=2", "C=2");
    assertThat(built.configText()).doesNotContain("Cmd");
    assertThat(built.layerNames()).hasSize(2);
    assertThat(TarFiles.names(TarFiles.content(built.archive(), built.layerNames().getFirst())))
        .containsExactly("./", "./x");
    assertThat(built.topNames()).containsExactly("./", "./y");
    assertThat(((JsonArray) Built.at(built.config(), "history")).elements()).hasSize(2);
    assertThat(built.topDocument()).containsPattern("\"parent\": \"[0-9a-f]{64}\",\n \"id\"");
    assertThat(built.environment()).isEqualTo(List.of("A=2", "B=2", "C=2"));
  }

  @Test
  void theParentIsTheDigestOfTheBasesConfig() throws Exception {
    byte[] base = archive(new Image("a:1", "null", new TarFiles.Writer().empty("x").end()));
    Files.write(folder.resolve("base.tar"), base);
    Built built = build("it: { buildImage: { name: it, fromImage: ./base.tar } }");
    String config =
        TarFiles.names(base).stream().filter(n -> n.endsWith(".json")).findFirst().orElseThrow();
    assertThat(built.topDocument()).contains("\"parent\": \"" + config.replace(".json", "") + "\"");
    assertThat(built.environment()).isEmpty();
  }

  @Test
  void theImageBelowIsChosenByNameAndTag() throws Exception {
    byte[] one = new TarFiles.Writer().empty("one").end();
    byte[] two = new TarFiles.Writer().empty("two").end();
    Files.write(
        folder.resolve("base.tar"),
        archive(
            new Image("some/a:1", "{\"Env\":[\"IS=a1\"]}", one),
            new Image("some/a:12", "{\"Env\":[\"IS=a12\"]}", one, two),
            new Image("b:1", "{\"Env\":[\"IS=b\"]}", two)));
    String image = "it: { buildImage: { name: it, fromImage: ./base.tar%s } }";
    assertThat(build(image.formatted("")).environment()).containsExactly("IS=a1");
    Built second = build(image.formatted(", fromImageName: some/a, fromImageTag: \"12\""));
    assertThat(second.environment()).containsExactly("IS=a12");
    assertThat(second.layerNames()).hasSize(3);
    assertThat(build(image.formatted(", fromImageName: b")).environment()).containsExactly("IS=b");
    Run unknown = run("", image.formatted(", fromImageName: a, fromImageTag: \"1\""), "--quiet");
    assertThat(unknown.status()).isEqualTo(1);
    assertThat(unknown.err())
        .isEqualTo(
            "slipway: %s: holds no image a:1, but some/a:1, some/a:12, b:1\n"
                .formatted(folder.resolve("base.tar")));
  }

  @Test
  void whatIsBesideTheImageStaysInTheArchive() throws Exception {
    byte[] one = new TarFiles.Writer().empty("one").end();
    byte[] two = new TarFiles.Writer().empty("two").end();
    Files.write(
        folder.resolve("base.tar"),
        archive(new Image("a:1", "{}", one), new Image("b:1", "{}", two)));
    Built built = build("it: { buildImage: { name: it, fromImage: ./base.tar } }");
    assertThat(built.layerNames()).doesNotContain(Digest.of(two).hex() + "/layer.tar");
    assertThat(TarFiles.names(built.archive()))
        .contains(Digest.of(two).hex() + "/", Digest.of(two).hex() + "/layer.tar")
        .filteredOn(name -> name.endsWith(".json"))
        .hasSize(2);
    assertThat(TarFiles.read(built.archive()))
        .filteredOn(member -> member.name().startsWith(Digest.of(two).hex()))
        .extracting(member -> member.header().substring(0, 4))
        .containsExactly("0555", "0440");
  }

  @Test
  void layersThatAreLinksOrCompressedArePutRight() throws Exception {
    byte[] one = new TarFiles.Writer().empty("one").end();
    byte[] two = new TarFiles.Writer().empty("two").end();
    byte[] config =
        "{\"rootfs\":{\"diff_ids\":[\"%s\",\"%s\",\"%s\"]}}"
            .formatted(Digest.of(one), Digest.of(two), Digest.of(one))
            .getBytes(StandardCharsets.UTF_8);
    String name = Digest.of(config).hex() + ".json";
    String manifest =
        "[{\"Config\":\"%s\",\"Layers\":[\"one.tar\",\"x/layer.tar\",\"y/layer.tar\"]}]"
            .formatted(name);
    Files.write(
        folder.resolve("base.tar"),
        new TarFiles.Writer()
            .add("one.tar", one)
            .add("x/layer.tar", gzip(two))
            .link("y/layer.tar", "../one.tar")
            .add(name, config)
            .add("manifest.json", manifest.getBytes(StandardCharsets.UTF_8))
            .end());
    Built built = build("it: { buildImage: { name: it, fromImage: ./base.tar } }");
    assertThat(built.layerNames()).startsWith("one.tar", "x/layer.tar", "y/layer.tar").hasSize(4);
    assertThat(TarFiles.content(built.archive(), "x/layer.tar")).isEqualTo(two);
    assertThat(TarFiles.read(built.archive()))
        .extracting(Member::header)
        .contains("0777 0:0 root:root 315532800 y/layer.tar -> ../one.tar");
    assertThat(Run.of("inspect", folder.resolve("it.tar").toString()).status()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"./one.json", "blobs", "index.json", "oci-layout", "link"})
  void aLayerIsKeptWhateverItIsCalled(String name) throws Exception {
    byte[] one = new TarFiles.Writer().empty("one").end();
    byte[] config =
        "{\"rootfs\":{\"diff_ids\":[\"%s\"]}}"
            .formatted(Digest.of(one))
            .getBytes(StandardCharsets.UTF_8);
    String manifest = "[{\"Config\":\"config\",\"Layers\":[\"%s\"]}]".formatted(name);
    Files.write(
        folder.resolve("base.tar"),
        new TarFiles.Writer()
            .add(name.equals("link") ? "linked.json" : name, one)
            .link("link", "linked.json")
            .add("config", config)
            .add("manifest.json", manifest.getBytes(StandardCharsets.UTF_8))
            .end());
    Built built = build("it: { buildImage: { name: it, fromImage: ./base.tar } }");
    assertThat(built.layerNames().getFirst()).isEqualTo(Digest.of(one).hex() + "/layer.tar");
    assertThat(TarFiles.content(built.archive(), built.layerNames().getFirst())).isEqualTo(one);
    assertThat(Run.of("inspect", folder.resolve("it.tar").toString()).status()).isZero();
  }

  @Test
  void blobsOfALayoutBecomeLayersOfTheirOwnName() throws Exception {
    byte[] layer = new TarFiles.Writer().empty("one").end();
    byte[] stored = gzip(layer);
    byte[] config =
        "{\"config\":{\"Env\":[\"A=1\"]},\"rootfs\":{\"diff_ids\":[\"%s\"]}}"
            .formatted(Digest.of(layer))
            .getBytes(StandardCharsets.UTF_8);
    byte[] manifest =
        "{\"config\":{\"digest\":\"%s\",\"size\":%d},\"layers\":[{\"digest\":\"%s\",\"size\":%d}]}"
            .formatted(Digest.of(config), config.length, Digest.of(stored), stored.length)
            .getBytes(StandardCharsets.UTF_8);
    String index =
        "{\"manifests\":[{\"digest\":\"%s\",\"size\":%d}]}"
            .formatted(Digest.of(manifest), manifest.length);
    Files.write(
        folder.resolve("base.tar"),
        new TarFiles.Writer()
            .add(
                "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.UTF_8))
            .add("blobs/sha256/" + Digest.of(stored).hex(), stored)
            .add("blobs/sha256/" + Digest.of(config).hex(), config)
            .add("blobs/sha256/" + Digest.of(manifest).hex(), manifest)
            .add("index.json", index.getBytes(StandardCharsets.UTF_8))
            .end());
    Built built = build("it: { buildImage: { name: it, fromImage: ./base.tar } }");
    assertThat(built.environment()).containsExactly("A=1");
    assertThat(built.layerNames()).startsWith(Digest.of(layer).hex() + "/layer.tar").hasSize(2);
    assertThat(TarFiles.names(built.archive()))
        .noneMatch(name -> name.startsWith("blobs") || name.equals("oci-layout"));
    assertThat(built.topDocument()).contains("\"parent\": \"" + Digest.of(config).hex() + "\"");
  }

  // -- What the base holds already

  private static final String PATHS =
      """
      a: { writeText: { name: a, text: nothing } }
      odd: { path: ./odd }
      it: { writeTextDir: { path: refs, text: "${{ paths.a }} ${{ paths.odd }}" } }
      """;

  /** What an image holds of a closure in which there are names that shells do not like. */
  private List<String> childOf(String base, String more) throws IOException {
    for (String name : List.of("plain", "with space", "it's", "\"quoted\"", "caf\u00e9", "-dash")) {
      file("odd/" + name, name);
    }
    return build(
            PATHS,
            more
                + "it: { buildImage: { name: it, fromImage: %s, config: { Cmd: [ \"${{ paths.it }}\" ] } } }"
                    .formatted(base))
        .topNames();
  }

  @ParameterizedTest
  @ValueSource(strings = {"buildImage", "buildLayeredImage"})
  void aClosureThatTheBaseHoldsIsNotAddedAgain(String function) throws Exception {
    String base =
        "base: { %s: { name: base, config: { Cmd: [ \"${{ paths.it }}\" ] } } }\n"
            .formatted(function);
    assertThat(childOf("\"${{ images.base }}\"", base)).containsExactly("./");
  }

  @Test
  void onlyWhatTheBaseLacksIsAdded() throws Exception {
    String base = "base: { buildImage: { name: base, config: { Cmd: [ \"${{ paths.a }}\" ] } } }\n";
    assertThat(childOf("\"${{ images.base }}\"", base))
        .contains("nix/store/-odd/it's", "nix/store/-refs/refs")
        .doesNotContain("./nix/", "./nix/store/", "nix/store/-a");
  }

  @Test
  void whatTheBaseHasDeletedIsAddedAgain() throws Exception {
    String base =
        "base: { buildImage: { name: base, config: { Cmd: [ \"${{ paths.it }}\" ] } } }\n";
    List<String> whole = childOf("\"${{ images.base }}\"", base);
    assertThat(whole).containsExactly("./");
    Run built =
        run(
            PATHS,
            base + "it: { buildImage: { name: it, config: { Cmd: [ \"${{ paths.it }}\" ] } } }",
            "--quiet");
    assertThat(built.status()).isZero();
    byte[] layer = new Built(output()).topLayer();
    String odd =
        TarFiles.names(layer).stream().filter(n -> n.endsWith("-odd/")).findFirst().orElseThrow();
    for (String deletion :
        List.of(
            odd.replace("-odd/", "-odd").replace("store/", "store/.wh."), odd + ".wh..wh..opq")) {
      byte[] upper = new TarFiles.Writer().empty(deletion).end();
      Files.write(folder.resolve("base.tar"), archive(new Image("b:1", "{}", layer, upper)));
      assertThat(childOf("./base.tar", ""))
          .contains("nix/store/-odd/plain", "nix/store/-odd/with space")
          .doesNotContain("./nix/store/", "nix/store/-a", "nix/store/-refs/refs");
    }
  }

  @Test
  void theStoreIsAddedToABaseThatHasOnlyWhatIsInIt() throws Exception {
    String base =
        "base: { buildImage: { name: base, config: { Cmd: [ \"${{ paths.it }}\" ] } } }\n";
    childOf("\"${{ images.base }}\"", base);
    assertThat(run(PATHS, base.replace("base: {", "it: {"), "--quiet").status()).isZero();
    String[] files =
        TarFiles.names(new Built(output()).topLayer()).stream()
            .filter(file -> file.startsWith("nix/store/"))
            .toArray(String[]::new);
    byte[] layer = new TarFiles.Writer().empty(files).end();
    Files.write(folder.resolve("base.tar"), archive(new Image("b:1", "{}", layer)));
    assertThat(childOf("./base.tar", "")).containsExactly("./", "./nix/", "./nix/store/");
  }

  @Test
  void whatOtherImagesOfTheArchiveHoldDoesNotCount() throws Exception {
    run(PATHS, "it: { buildImage: { name: it, config: { Cmd: [ \"${{ paths.a }}\" ] } } }");
    file("odd/x", "");
    byte[] layer = new Built(output()).topLayer();
    byte[] empty = new TarFiles.Writer().empty("x").end();
    Files.write(
        folder.resolve("base.tar"),
        archive(new Image("a:1", "{}", empty), new Image("b:1", "{}", layer)));
    assertThat(childOf("./base.tar", ""))
        .contains("./nix/", "./nix/store/", "nix/store/-a", "nix/store/-odd/plain");
  }

  @Test
  void aRepeatedLayerIsRepeated() throws Exception {
    Built built =
        build(
            """
            base: { buildImage: { name: base, extraCommands: touch same } }
            it: { buildImage: { name: it, extraCommands: touch same, fromImage: "${{ images.base }}" } }
            """);
    List<String> diffIds = Built.strings(Built.at(built.config(), "rootfs", "diff_ids"));
    assertThat(diffIds).hasSize(2);
    assertThat(diffIds.getFirst()).isEqualTo(diffIds.getLast());
    assertThat(built.layerNames().getFirst()).isNotEqualTo(built.layerNames().getLast());
    assertThat(
            Arrays.equals(
                TarFiles.content(built.archive(), built.layerNames().getFirst()), built.topLayer()))
        .isTrue();
  }
}
