package dev.slipway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.oci.Json;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonLimits;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Builds images for several platforms, whichever this machine's is. */
class PlatformsTest {
  private static final String HOST =
      System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";

  @TempDir private Path folder;

  @BeforeEach
  void writeSources() throws IOException {
    Files.createDirectories(folder.resolve("temporary"));
    Files.writeString(
        folder.resolve("slipway.yaml"),
        """
        paths:
          amd64: { writeTextDir: { path: arch, text: amd64 } }
          arm64: { writeTextDir: { path: arch, text: arm64 } }
        images:
          base:
            platforms:
              linux/amd64: { copyToRoot: "${{ paths.amd64 }}" }
              linux/arm64: { copyToRoot: "${{ paths.arm64 }}" }
              linux/arm/v7:
            buildImage: { name: base, tag: "1", compressor: none }
          web:
            platforms: [ linux/arm64, linux/amd64, linux/arm/v7 ]
            buildLayeredImage:
              { name: web, tag: v1, fromImage: "${{ images.base }}", compressor: none }
          top: { buildImage: { name: top, tag: "1", fromImage: "${{ images.base }}", compressor: none } }
          rare:
            platforms: [ linux/mips64le, linux/ppc64le ]
            buildImage: { name: rare, tag: "1" }
          both:
            platforms: [ linux/arm64, linux/amd64 ]
            mergeImages: [ "${{ images.web }}" ]
        """);
  }

  private Run run(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--quiet", "--file", out("", "slipway.yaml"), "--store", "embedded"));
    return plain(all.toArray(String[]::new));
  }

  private Run plain(String... arguments) {
    return Run.with(
        Map.of(
            "XDG_DATA_HOME", folder.resolve("data").toString(),
            "XDG_CACHE_HOME", folder.resolve("cache").toString(),
            "TMPDIR", folder.resolve("temporary").toString()),
        arguments);
  }

  private String out(String form, String name) {
    return form + folder.resolve(name);
  }

  private static List<JsonObject> objects(Run run) throws IOException {
    assertThat(run.err()).isEmpty();
    JsonValue value =
        Json.parse(
            new ByteArrayInputStream(run.output().toByteArray()), "output", JsonLimits.FOREIGN);
    return ((JsonArray) value).elements().stream().map(JsonObject.class::cast).toList();
  }

  private static String text(JsonObject object, String key) {
    return object.get(key) instanceof JsonString text ? text.value() : "";
  }

  /** ARCHITECTURE, VARIANT and the number of layers of each image. */
  private List<String> inspected(String... arguments) throws IOException {
    List<String> all = new ArrayList<>(List.of("inspect", "--json"));
    all.addAll(List.of(arguments));
    return objects(plain(all.toArray(String[]::new))).stream()
        .map(image -> {
          JsonObject config = (JsonObject) Objects.requireNonNull(image.get("config"));
          JsonArray layers = (JsonArray) Objects.requireNonNull(image.get("layers"));
          return "%s %s %d"
              .formatted(
                  text(config, "architecture"), text(config, "variant"), layers.elements().size());
        })
        .toList();
  }

  @Test
  void goToALayoutAsOneList() throws IOException {
    List<JsonObject> built = objects(run("build", "web", "-o", out("oci:", "layout/"), "--json"));
    assertThat(built)
        .extracting(image -> text(image, "platform"))
        .containsExactly("linux/arm64", "linux/amd64", "linux/arm/v7");
    assertThat(built).extracting(image -> text(image, "manifestDigest")).doesNotHaveDuplicates();

    String index = Files.readString(folder.resolve("layout/index.json"));
    assertThat(index)
        .containsOnlyOnce("\"digest\"")
        .contains("application/vnd.oci.image.index.v1+json")
        .contains("\"org.opencontainers.image.ref.name\":\"v1\"");
    assertThat(inspected(out("oci:", "layout:v1")))
        .containsExactly("arm64  2", "amd64  2", "arm v7 2");
    // The archive of a layout is that layout, whoever wrote it.
    run("build", "web", "-o", out("oci-archive:", "layout.tar:v2"));
    String list = "\"platform\":{\"architecture\":\"arm\",\"os\":\"linux\",\"variant\":\"v7\"}";
    assertThat(plain("inspect", "--raw", out("oci:", "layout:v1")).out())
        .contains(list)
        .isEqualTo(plain("inspect", "--raw", out("oci-archive:", "layout.tar:v2")).out());
  }

  @Test
  void areChosenByArchitecture() throws IOException {
    run("build", "web@arm", "-o", out("oci:", "layout"));
    assertThat(inspected(out("oci:", "layout"))).containsExactly("arm v7 2");
    assertThat(run("build", "web@linux/arm/v7", "-o", out("", "web.tar")).err()).isEmpty();
    assertThat(inspected(out("", "web.tar"))).containsExactly("arm v7 2");
    Files.write(folder.resolve("streamed.tar"), run("stream", "web@arm64").output().toByteArray());
    assertThat(inspected(out("", "streamed.tar"))).containsExactly("arm64  2");
    assertThat(objects(run("inspect", "--json", "web@amd64"))).hasSize(1);
    assertThat(objects(run("inspect", "--json", "web"))).hasSize(3);
    try (Stream<Path> left = Files.list(folder.resolve("temporary"))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void areForThisMachineInAnArchive() throws IOException {
    run("build", "web", "-o", out("docker-archive:", "web.tar"));
    assertThat(inspected(out("", "web.tar"))).containsExactly(HOST + "  2");
    Run rare = run("build", "rare", "-o", out("", "rare.tar"));
    assertThat(rare.status()).isEqualTo(2);
    assertThat(rare.err())
        .contains("images.rare is not for linux/" + HOST)
        .contains("but for linux/mips64le, linux/ppc64le");
    Run wrong = run("build", "web@s390x", "-o", out("", "web.tar"));
    assertThat(wrong.err()).contains("is not for linux/s390x, but for linux/arm64, linux/amd64");
    assertThat(run("build", "web@", "-o", out("", "web.tar")).status()).isEqualTo(2);
  }

  @Test
  void areBuiltUponImagesForTheSame() throws IOException {
    for (String architecture : List.of("amd64", "arm64")) {
      for (String name : List.of("web", "top")) {
        String image = name + "@" + architecture;
        assertThat(run("build", image, "-o", out("", "it.tar")).err()).isEmpty();
        Run exported = plain("export", out("", "it.tar"), "-o", "-");
        assertThat(exported.output().toString(StandardCharsets.ISO_8859_1))
            .contains("arch")
            .contains(architecture);
      }
    }
  }

  @Test
  void takeTheNameThatTheArchiveIsGiven() throws IOException {
    for (String image : List.of("web", "top")) {
      run("build", image, "-o", out("", "own.tar"));
      Run named = run("build", image, "-o", out("docker-archive:", "it.tar:some/name"), "--json");
      assertThat(objects(named))
          .extracting(built -> text(built, "name"))
          .containsExactly("some/name");
      String own = plain("inspect", out("", "own.tar")).out();
      assertThat(own).startsWith("Image:        " + image + ":");
      assertThat(plain("inspect", out("docker-archive:", "it.tar:some/name:latest")).out())
          .startsWith("Image:        some/name:latest\n")
          .endsWith(own.substring(own.indexOf('\n')));
    }
    assertThat(run("build", "both", "-o", out("docker-archive:", "it.tar:a:b")).err())
        .contains("'a:b' can be the name of an image that is built");
    assertThat(run("build", "web", "-o", out("docker-archive:", "it.tar:@1")).status())
        .isEqualTo(2);
  }

  @Test
  void aBaseBringsNothingOfTheImagesBesideIt() throws IOException {
    run("build", "web@arm64", "-o", out("", "a.tar"));
    run("build", "base@amd64", "-o", out("", "b.tar"));
    plain("merge", out("", "a.tar"), out("", "b.tar"), "-o", out("", "merged.tar"));
    Files.writeString(
        folder.resolve("slipway.yaml"),
        """
        images:
          it: { buildImage: { name: it, fromImage: "docker-archive:./merged.tar:base:1", compressor: none } }
        """);
    run("build", "it", "-o", out("", "it.tar"));
    assertThat(plain("inspect", out("", "it.tar")).err()).isEmpty();
    assertThat(TarFiles.names(Files.readAllBytes(folder.resolve("it.tar"))))
        .filteredOn(name -> name.endsWith("layer.tar"))
        .hasSize(2);
  }

  @Test
  void areNumberedInArchivesAndLayouts() throws IOException {
    run("build", "web@arm64", "-o", out("", "a.tar"));
    run("build", "top@amd64", "-o", out("", "b.tar"));
    for (String merged : List.of(out("", "merged.tar"), out("oci:", "merged"))) {
      plain("merge", out("", "a.tar"), out("", "b.tar"), "-o", merged);
      String place = merged.startsWith("oci:") ? merged : "docker-archive:" + merged;
      assertThat(inspected(place + ":@0")).containsExactly("arm64  2");
      assertThat(inspected(place + ":@1")).containsExactly("amd64  2");
      assertThat(plain("inspect", place + ":@2").err()).contains("holds no image :@2, but ");
      assertThat(plain("inspect", place + ":@x").err()).contains(":@NUMBER");
    }
  }
}
