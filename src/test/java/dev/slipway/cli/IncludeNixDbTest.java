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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What images hold that are to have Nix's database. */
class IncludeNixDbTest {
  private static final String PATHS =
      """
      paths:
        name: { writeText: { name: name, text: world } }
        page: { writeTextDir: { path: srv/page, text: "hello ${{ paths.name }}" } }
        tool: { writeTextDir: { path: bin/tool, text: "a tool" } }
        other: { writeText: { name: other, text: nothing } }
      images:
      """;

  private static final String DATABASE = "./nix/var/nix/db/db.sqlite";

  @TempDir private Path folder;

  private Run run(String images) throws IOException {
    return run(images, "--quiet");
  }

  private Run run(String images, String option) throws IOException {
    Files.createDirectories(folder.resolve("temporary"));
    Files.writeString(folder.resolve("slipway.yaml"), PATHS + images.indent(2));
    Run run =
        Run.with(
            Map.of(
                "PATH", "/usr/bin:/bin",
                "XDG_DATA_HOME", folder.resolve("data").toString(),
                "XDG_CACHE_HOME", folder.resolve("cache").toString(),
                "TMPDIR", folder.resolve("temporary").toString()),
            "build",
            "it",
            option,
            "-f",
            folder.resolve("slipway.yaml").toString(),
            "-o",
            folder.resolve("it.tar").toString(),
            "--store",
            "embedded");
    try (Stream<Path> left = Files.list(folder.resolve("temporary"))) {
      assertThat(left).isEmpty();
    }
    return run;
  }

  /** The layers of the image {@code it}, from the bottom, by their names in the archive. */
  private Map<String, byte[]> build(String images) throws IOException {
    Run run = run(images);
    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    return layers();
  }

  private Map<String, byte[]> layers() throws IOException {
    byte[] archive = Files.readAllBytes(folder.resolve("it.tar"));
    JsonValue manifest =
        Json.parse(TarFiles.content(archive, "manifest.json"), "manifest.json", JsonLimits.FOREIGN);
    JsonObject image = (JsonObject) ((JsonArray) manifest).elements().getFirst();
    Map<String, byte[]> layers = new LinkedHashMap<>();
    for (JsonValue name : ((JsonArray) Objects.requireNonNull(image.get("Layers"))).elements()) {
      String member = ((JsonString) name).value();
      layers.put(member, TarFiles.content(archive, member));
    }
    return layers;
  }

  private static byte[] top(Map<String, byte[]> layers) {
    return new ArrayList<>(layers.values()).getLast();
  }

  /** The headers of what lies below {@code /nix}, store paths without their hash parts. */
  private static List<String> nix(byte[] layer) throws IOException {
    return TarFiles.read(layer).stream()
        .filter(member -> member.name().matches("\\.?/?nix/.*"))
        .map(Member::header)
        .map(header -> header.replaceAll("[0-9a-z]{32}-", "HASH-"))
        .toList();
  }

  private List<String> query(byte[] layer, String sql) throws Exception {
    Path file = folder.resolve("read.sqlite");
    Files.write(file, TarFiles.content(layer, DATABASE));
    List<String> rows = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      while (result.next()) {
        rows.add(result.getString(1).replaceFirst("/nix/store/[0-9a-z]{32}-", ""));
      }
    }
    return rows;
  }

  private List<String> registered(byte[] layer) throws Exception {
    return query(layer, "select path from ValidPaths order by substr(path, 45)");
  }

  @Test
  void anImageOfOneLayerHasIt() throws Exception {
    byte[] layer =
        top(
            build(
                """
                it:
                  buildImageWithNixDb:
                    name: it
                    copyToRoot: [ "${{ paths.page }}" ]
                    config: { Cmd: [ "${{ paths.tool }}/bin/tool" ] }
                    compressor: none
                """));

    assertThat(nix(layer))
        .containsExactly(
            "0755 0:0 root:root 315532800 ./nix/",
            "0755 0:0 root:root 315532800 ./nix/store/",
            "0755 0:0 root:root 315532800 ./nix/var/",
            "0755 0:0 root:root 315532800 ./nix/var/nix/",
            "0755 0:0 root:root 315532800 ./nix/var/nix/db/",
            "0644 0:0 root:root 315532800 ./nix/var/nix/db/db.sqlite",
            "0644 0:0 root:root 315532800 ./nix/var/nix/db/schema",
            "0755 0:0 root:root 315532800 ./nix/var/nix/gcroots/",
            "0755 0:0 root:root 315532800 ./nix/var/nix/gcroots/docker/",
            "0777 0:0 root:root 315532800 ./nix/var/nix/gcroots/docker/HASH-tool"
                + " -> /nix/store/HASH-tool",
            "0777 0:0 root:root 315532800 ./nix/var/nix/gcroots/docker/HASH-page"
                + " -> /nix/store/HASH-page",
            "0777 0:0 root:root 315532800 ./nix/var/nix/gcroots/profiles"
                + " -> /nix/var/nix/profiles",
            "0555 0:0 root:root 315532800 nix/store/HASH-tool/",
            "0555 0:0 root:root 315532800 nix/store/HASH-tool/bin/",
            "0444 0:0 root:root 315532800 nix/store/HASH-tool/bin/tool",
            "0444 0:0 root:root 315532800 nix/store/HASH-name",
            "0555 0:0 root:root 315532800 nix/store/HASH-page/",
            "0555 0:0 root:root 315532800 nix/store/HASH-page/srv/",
            "0444 0:0 root:root 315532800 nix/store/HASH-page/srv/page");
    assertThat(registered(layer)).containsExactly("name", "page", "tool");
    assertThat(query(layer, "select distinct registrationTime from ValidPaths"))
        .containsExactly("315532800");
    assertThat(Digest.of(layer).hex())
        .isEqualTo("411cd686fde92b107425d795329ba6b1c442e21a1e8a42a5fd904b52b26c16ed");
  }

  @Test
  void aLayeredImageHasItInItsLastLayer() throws Exception {
    Map<String, byte[]> layers =
        build(
            """
            it:
              buildLayeredImage:
                name: it
                contents: [ "${{ paths.page }}", "${{ paths.page }}/srv" ]
                config: { Cmd: [ "${{ paths.tool }}/bin/tool" ] }
                includeNixDB: true
                compressor: none
            """);

    assertThat(nix(top(layers)))
        .containsExactly(
            "0755 0:0 : 315532800 ./nix/",
            "0755 0:0 : 315532800 ./nix/store/",
            "0755 0:0 : 315532800 ./nix/var/",
            "0755 0:0 : 315532800 ./nix/var/nix/",
            "0755 0:0 : 315532800 ./nix/var/nix/db/",
            "0644 0:0 : 315532800 ./nix/var/nix/db/db.sqlite",
            "0644 0:0 : 315532800 ./nix/var/nix/db/schema",
            "0755 0:0 : 315532800 ./nix/var/nix/gcroots/",
            "0755 0:0 : 315532800 ./nix/var/nix/gcroots/docker/",
            "0777 0:0 : 315532800 ./nix/var/nix/gcroots/docker/HASH-tool -> /nix/store/HASH-tool",
            "0777 0:0 : 315532800 ./nix/var/nix/gcroots/docker/srv -> /nix/store/HASH-page/srv",
            "0777 0:0 : 315532800 ./nix/var/nix/gcroots/docker/HASH-page -> /nix/store/HASH-page",
            "0777 0:0 : 315532800 ./nix/var/nix/gcroots/profiles -> /nix/var/nix/profiles");
    assertThat(registered(top(layers))).containsExactly("name", "page", "tool");
    assertThat(layers).hasSize(4);
    assertThat(Digest.of(top(layers)).hex())
        .isEqualTo("ee24b4996ae55f1435251d2476f5367fd7438ba6103daef5897518a8f08c404b");
  }

  @Test
  void scriptsFindItAndAddToWhatItKnows() throws Exception {
    byte[] layer =
        top(
            build(
                """
                it:
                  buildLayeredImageWithNixDb:
                    name: it
                    contents: [ "${{ paths.page }}" ]
                    compressor: none
                    extraCommands: |
                      test -f nix/var/nix/db/db.sqlite
                      ln -s ${{ paths.tool }}/bin/tool tool
                      test -n "${{ paths.other }}"
                    fakeRootCommands: |
                      chown -R 1000:100 nix/var
                      chmod 600 nix/var/nix/db/db.sqlite
                """));

    assertThat(registered(layer)).containsExactly("name", "page", "tool");
    assertThat(nix(layer))
        .contains(
            "0600 1000:100 : 315532800 ./nix/var/nix/db/db.sqlite",
            "0644 1000:100 : 315532800 ./nix/var/nix/db/schema");
    assertThat(TarFiles.names(layer)).contains("./tool");
  }

  @Test
  void whatAScriptHasMadeOfItStays() throws Exception {
    Run run =
        run(
            """
            it:
              buildImageWithNixDb:
                name: it
                copyToRoot: [ "${{ paths.page }}" ]
                compressor: none
                uid: 1000
                extraCommands: |
                  echo mine > nix/var/nix/db/db.sqlite
                  ln -s ${{ paths.tool }}/bin/tool tool
            """,
            "--verbose");

    assertThat(run.status()).isZero();
    assertThat(run.err())
        .contains(
            "slipway: warning: image 'it': a script has changed the Nix database, which does not"
                + " know the 1 store paths that only scripts refer to\n");
    assertThat(TarFiles.content(top(layers()), DATABASE)).asString().isEqualTo("mine\n");
  }

  @Test
  void theBasesDatabaseIsMerged() throws Exception {
    Map<String, byte[]> layers =
        build(
            """
            base:
              buildLayeredImageWithNixDb:
                name: base
                contents: [ "${{ paths.page }}" ]
                extraCommands: touch nix/var/nix/db/db.sqlite-wal nix/var/nix/db/db.sqlite-shm
            it:
              buildImageWithNixDb:
                name: it
                fromImage: ${{ images.base }}
                copyToRoot: [ "${{ paths.tool }}" ]
                config: { Env: [ "N=${{ paths.name }}" ] }
                compressor: none
            """);

    assertThat(registered(top(layers))).containsExactly("name", "page", "tool");
    assertThat(query(top(layers), "select count(*) from Refs")).containsExactly("1");
    assertThat(TarFiles.names(top(layers)))
        .contains(
            "./nix/var/nix/db/.wh.db.sqlite-wal",
            "./nix/var/nix/db/.wh.db.sqlite-shm",
            "./nix/var/nix/gcroots/docker/")
        .noneMatch(name -> name.startsWith("nix/store/") && name.endsWith("-name"));
  }

  @Test
  void aLayeredImageAboveAnotherMergesToo() throws Exception {
    Map<String, byte[]> layers =
        build(
            """
            base: { buildImage: { name: base, copyToRoot: "${{ paths.page }}", includeNixDB: true } }
            it:
              buildLayeredImageWithNixDb:
                name: it
                fromImage: ${{ images.base }}
                contents: [ "${{ paths.tool }}" ]
                compressor: none
            """);

    assertThat(registered(top(layers))).containsExactly("name", "page", "tool");
    assertThat(
            layers.values().stream()
                .flatMap(layer -> uncheckedNames(layer).stream())
                .filter(name -> name.matches("/nix/store/[0-9a-z]{32}-[^/]*/?")))
        .as("its own store layers")
        .hasSize(1)
        .allMatch(name -> name.endsWith("-tool/"));
  }

  private static List<String> uncheckedNames(byte[] layer) {
    try {
      return TarFiles.names(layer);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aDatabaseThatALayerHidesIsNone() throws Exception {
    byte[] layer =
        top(
            build(
                """
                base:
                  buildImage: { name: base, copyToRoot: "${{ paths.page }}", includeNixDB: true }
                hidden:
                  buildImage:
                    name: hidden
                    fromImage: ${{ images.base }}
                    extraCommands: mkdir -p nix/var/nix; touch nix/var/nix/.wh.db
                it:
                  buildLayeredImageWithNixDb:
                    name: it
                    fromImage: ${{ images.hidden }}
                    contents: [ "${{ paths.tool }}" ]
                    compressor: none
                """));

    assertThat(registered(layer)).containsExactly("tool");
  }

  @Test
  void otherDatabasesAreRefused() throws Exception {
    assertRefused(
        "echo -n 9 > nix/var/nix/db/schema",
        "the base image's /nix/var/nix/db/schema says '9', but only Nix's schema 10 is known");
    assertRefused(
        "echo no > nix/var/nix/db/db.sqlite",
        "the base image's /nix/var/nix/db/db.sqlite is damaged or not a database");
    assertRefused(
        "ln -sf schema nix/var/nix/db/db.sqlite",
        "the base image's /nix/var/nix/db/db.sqlite is not an ordinary file in layer ");
  }

  private void assertRefused(String script, String message) throws Exception {
    Run run =
        run(
            """
            base:
              buildImageWithNixDb:
                name: base
                extraCommands: %s
            it: { buildImageWithNixDb: { name: it, fromImage: "${{ images.base }}" } }
            """
                .formatted(script));
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).startsWith("slipway: " + message).hasLineCount(1);
  }

  @Test
  void theExampleOfThePageBuilds() throws Exception {
    Matcher example =
        Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(Path.of("docs/nix-databases.md")));
    assertThat(example.find()).isTrue();
    String images = example.group(1).replaceFirst("(?s).*images:\n", "").indent(-2);

    Run run = run(images.replace("shop", "it").replace("paths.page", "paths.tool"));

    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
  }

  @Test
  void aFileInTheWayIsAnError() throws Exception {
    Path root = Files.createDirectory(folder.resolve("root"));
    Files.writeString(root.resolve("nix"), "in the way");

    Run run = run("it: { buildImageWithNixDb: { name: it, copyToRoot: ./root } }");

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err())
        .isEqualTo(
            "slipway: image 'it': /nix is no directory, so Nix's database cannot be put there\n");
  }
}
