package dev.slipway.cli.imagefile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.layer.Compression;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.Platform;
import dev.slipway.oci.PythonJson;
import dev.slipway.store.StorePath;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFileTest {
  private static final String EXAMPLE =
      """
      store: auto
      tools:
        runtimeShell: /nix/store/wmm7a0rir1lw3h355nx2gvxlmwapllhf-bash-5.2/bin/bash
        coreutils: /nix/store/0c2ff3mxsw4x37i4clx3gpg613wz06qv-coreutils-9.1
      paths:
        web-root:
          writeTextDir: { path: index.html, text: "<h1>hello</h1>" }
        nginx-conf:
          writeText:
            name: nginx.conf
            text: |
              http { server { root ${{ paths.web-root }}; } }
      images:
        both:
          mergeImages: [ "${{ images.base }}", "${{ images.web }}" ]
        base:
          buildImage: { name: base, tag: "1", copyToRoot: [ ./rootfs ] }
        web:
          buildLayeredImage:
            name: nginx-container
            tag: latest
            fromImage: ${{ images.base }}
            contents: [ fakeNss, /nix/store/5hv34572grxq70fkqvf0jb5bvnkz9mqi-nginx-1.22 ]
            extraCommands: mkdir -p var/log/nginx
            config: { Cmd: [ nginx, -c, "${{ paths.nginx-conf }}" ], ExposedPorts: { 80/tcp: {} } }
      """;

  private static ImageFile parse(String document) throws ImageFileException {
    return ImageFile.parse(
        document.getBytes(StandardCharsets.UTF_8),
        "slipway.yaml",
        Path.of("/src"),
        new ImageFile.Defaults("/nix/store", "riscv64"));
  }

  private static <T extends ImageSpec> T image(String document, Class<T> type) throws Exception {
    return type.cast(parse("images: { it: { " + document + " } }").image("it"));
  }

  @Test
  void readsEveryPartOfTheExample() throws Exception {
    ImageFile file = parse(EXAMPLE);
    assertThat(file.stores())
        .containsExactly(new ImageFile.StoreText(new Position("slipway.yaml", 1, 8), "auto"));
    assertThat(file.tool(Tool.RUNTIME_SHELL).orElseThrow())
        .isEqualTo(
            new PathArgument.StoreObject(
                new Position("slipway.yaml", 3, 17),
                new StorePath("/nix/store", "wmm7a0rir1lw3h355nx2gvxlmwapllhf-bash-5.2"),
                "/bin/bash"));
    assertThat(file.tool(Tool.SHADOW)).isEmpty();
    ImageSpec.Layered web = (ImageSpec.Layered) file.image("web");
    assertThat(web.at()).hasToString("slipway.yaml:19:5");
    assertThat(web.fromImage().orElseThrow())
        .isEqualTo(
            new PathArgument.Defined(
                new Position("slipway.yaml", 22, 18), Reference.image("base"), ""));
    assertThat(web.contents().getFirst())
        .isEqualTo(
            new PathArgument.Helper(new Position("slipway.yaml", 23, 19), HelperName.FAKE_NSS));
    assertThat(PythonJson.write(web.config().render(reference -> "/conf")))
        .asString(StandardCharsets.UTF_8)
        .isEqualToIgnoringWhitespace(
            "{\"Cmd\": [\"nginx\", \"-c\", \"/conf\"], \"ExposedPorts\": {\"80/tcp\": {}}}");
    ImageSpec.Plain base = (ImageSpec.Plain) file.image("base");
    assertThat(base.copyToRoot())
        .containsExactly(
            new PathArgument.LocalPath(
                new Position("slipway.yaml", 17, 55), Path.of("/src/rootfs"), "./rootfs"));
  }

  @Test
  void putsImagesAfterWhatTheyAreMadeFrom() throws Exception {
    ImageFile file = parse(EXAMPLE);
    assertThat(file.buildOrder(List.of(file.target("both"))))
        .map(ImageFileTest::shown)
        .containsExactly(
            "images.base", "paths.web-root", "paths.nginx-conf", "images.web", "images.both");
    assertThat(file.buildOrder(List.of(file.target("base")))).containsExactly(file.target("base"));
  }

  private static String shown(ImageFile.Step step) {
    return switch (step) {
      case ImageFile.StoreObject(String name, _) -> "paths." + name;
      case ImageFile.Target(String name, _) -> "images." + name;
    };
  }

  private static final String PLATFORMS =
      """
      paths:
        all: { writeText: { name: all, text: all } }
        arm: { writeText: { name: arm, text: arm } }
      images:
        own: { buildImage: { name: own, architecture: s390x } }
        any: { buildImage: { name: any } }
        base:
          platforms: { linux/amd64: , linux/arm64/v8: { contents: "${{ paths.arm }}" } }
          buildLayeredImage: { name: base, fromImage: "${{ images.any }}" }
        web:
          buildLayeredImage:
            { name: web, fromImage: "${{ images.base }}", contents: "${{ paths.all }}" }
          platforms:
            linux/arm64: { maxLayers: 7 }
            linux/amd64: { fromImage: "${{ images.own }}" }
      """;

  @Test
  void hasAnImageForEachPlatform() throws Exception {
    ImageFile file = parse(PLATFORMS);
    assertThat(file.platforms("any")).isEmpty();
    assertThat(file.platforms("web").orElseThrow())
        .containsExactly(Platform.parse("linux/arm64"), Platform.parse("linux/amd64"));
    ImageFile.Target arm = file.target("web", Platform.parse("linux/arm64"));
    ImageFile.Target amd = file.target("web", Platform.parse("linux/amd64"));
    assertThat(((ImageSpec.Layered) file.image(arm)).maxLayers()).isEqualTo(7);
    assertThat(((ImageSpec.Layered) file.image(amd)).maxLayers()).isEqualTo(100);
    // Each has only what it needs, for its own platform unless that has one itself.
    assertThat(file.buildOrder(List.of(arm)))
        .map(step -> step instanceof ImageFile.Target target ? target.fileName() : shown(step))
        .containsExactly("any@arm64-v8", "paths.arm", "base@arm64-v8", "paths.all", "web@arm64");
    assertThat(file.buildOrder(List.of(amd)))
        .map(step -> step instanceof ImageFile.Target target ? target.fileName() : shown(step))
        .containsExactly("own@s390x", "paths.all", "web@amd64");
    assertThatThrownBy(() -> file.target("web"))
        .isInstanceOf(ImageFileException.class)
        .hasMessageEndingWith(
            ": images.web is not for linux/riscv64, but for linux/arm64, linux/amd64");
  }

  @Test
  void namesTheNearestImage() throws Exception {
    assertThatThrownBy(() -> parse(EXAMPLE).image("wbe"))
        .isInstanceOf(ImageFileException.class)
        .hasMessage("slipway.yaml: no image 'wbe'; the nearest known one is 'web'");
    assertThatThrownBy(() -> parse("images: {}").image("web"))
        .hasMessage("slipway.yaml: no image 'web'");
  }

  @Test
  void givesLayeredImagesTheDefaultsOfDockerTools() throws Exception {
    ImageSpec.Layered spec = image("buildLayeredImage: { name: A/B }", ImageSpec.Layered.class);
    assertThat(spec.tag()).isEmpty();
    assertThat(spec.fromImage()).isEmpty();
    assertThat(spec.contents()).isEmpty();
    assertThat(spec.config().render(Reference::toString)).isEqualTo(JsonObject.EMPTY);
    assertThat(spec.architecture()).isEmpty();
    assertThat(spec.created()).isEqualTo(CreatedTime.parse("1970-01-01T00:00:01Z"));
    assertThat(spec.mtime()).isEmpty();
    assertThat(spec.uid()).isZero();
    assertThat(spec.uname().render(Reference::toString)).isEqualTo("root");
    assertThat(spec.maxLayers()).isEqualTo(100);
    assertThat(spec.extraCommands().isEmpty()).isTrue();
    assertThat(spec.fakeRootCommands().isEmpty()).isTrue();
    assertThat(spec.enableFakechroot()).isFalse();
    assertThat(spec.includeStorePaths()).isTrue();
    assertThat(spec.includeNixDb()).isFalse();
    assertThat(spec.layering()).isEqualTo(new Layering.Popularity());
    assertThat(spec.compressor()).isEqualTo(Compression.GZIP);
    assertThat(image("streamLayeredImage: { name: a }", ImageSpec.Layered.class).compressor())
        .isEqualTo(Compression.NONE);
    assertThat(
            image("buildLayeredImageWithNixDb: { name: a }", ImageSpec.Layered.class)
                .includeNixDb())
        .isTrue();
  }

  @Test
  void givesTheOtherFunctionsTheirDefaults() throws Exception {
    ImageSpec.Plain plain = image("buildImage: { name: a, uid: '1000' }", ImageSpec.Plain.class);
    assertThat(plain.uid()).isEqualTo(1000);
    assertThat(plain.diskSize()).isEqualTo(1024);
    assertThat(plain.buildVmMemorySize()).isEqualTo(512);
    assertThat(plain.runAsRoot()).isEmpty();
    ImageSpec.Pull pull =
        image(
            "pullImage: { imageName: nix, imageDigest: d, sha256: s, finalImageTag: x }",
            ImageSpec.Pull.class);
    assertThat(pull.finalImageName().render(Reference::toString)).isEqualTo("nix");
    assertThat(pull.finalImageTag().render(Reference::toString)).isEqualTo("x");
    assertThat(pull.os()).isEmpty();
    assertThat(pull.arch()).isEmpty();
    assertThat(pull.tlsVerify()).isTrue();
    ImageSpec.NixShell shell =
        image("streamNixShellImage: { drv: ./a.drv }", ImageSpec.NixShell.class);
    assertThat(shell.uid()).isEqualTo(1000);
    assertThat(shell.homeDirectory().render(Reference::toString)).isEqualTo("/build");
    assertThat(image("exportImage: { fromImage: ../a.tar }", ImageSpec.Export.class).fromImage())
        .isEqualTo(
            new PathArgument.LocalPath(
                new Position("slipway.yaml", 1, 43), Path.of("/a.tar"), "../a.tar"));
  }

  @Test
  void takesOnePathForAListOfOne() throws Exception {
    String inside = "/nix/store/5hv34572grxq70fkqvf0jb5bvnkz9mqi-nginx-1.22//share/./x/";
    ImageSpec.Layered spec =
        image("buildLayeredImage: { name: a, contents: " + inside + " }", ImageSpec.Layered.class);
    assertThat(spec.contents())
        .singleElement()
        .isInstanceOfSatisfying(
            PathArgument.StoreObject.class,
            object -> assertThat(object.inside()).isEqualTo("/share/x"));
  }

  @Test
  void readsTheTrivialBuilders() throws Exception {
    ImageFile file =
        parse(
            """
            paths:
              a: { path: ./src }
              b: { path: { path: /etc/hosts, name: hosts } }
              c: { binSh: /nix/store/wmm7a0rir1lw3h355nx2gvxlmwapllhf-bash-5.2 }
              d: { usrBinEnv: }
              e: { fakeNss: { extraPasswdLines: [ "a:x:1:1::/:/bin/sh" ] } }
              f: { buildEnv: { name: f, paths: [ "${{ paths.a }}", "${{ paths.c }}/bin" ] } }
              g: { symlinkJoin: { name: g, paths: binSh } }
              h: { shadowSetup: {} }
              i: { writeShellScriptBin: { name: i, text: "" } }
            """);
    assertThat(file.paths().values())
        .map(spec -> spec.getClass().getSimpleName())
        .containsExactly(
            "Local",
            "Local",
            "Helper",
            "Helper",
            "FakeNss",
            "BuildEnv",
            "SymlinkJoin",
            "ShadowSetup",
            "WriteShellScriptBin");
    assertThat(file.paths().get("f"))
        .isInstanceOfSatisfying(
            StoreObjectSpec.BuildEnv.class,
            env -> {
              assertThat(env.paths().get(1))
                  .isEqualTo(
                      new PathArgument.Defined(
                          new Position("slipway.yaml", 7, 56), Reference.path("c"), "/bin"));
              assertThat(env.pathsToLink()).hasSize(1);
            });
    assertThat(file.paths().get("d"))
        .isInstanceOfSatisfying(
            StoreObjectSpec.Helper.class, helper -> assertThat(helper.linked()).isEmpty());
  }

  @Test
  void isReadFromItsFolder(@TempDir Path folder) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("a.json"), "{\"images\": {\"it\": {\"mergeImages\": [\"./x.tar\"]}}}");
    ImageSpec.Merge merge =
        (ImageSpec.Merge)
            ImageFile.read(file, new ImageFile.Defaults("/nix/store", "amd64")).image("it");
    assertThat(merge.images())
        .singleElement()
        .isInstanceOfSatisfying(
            PathArgument.LocalPath.class,
            path -> assertThat(path.path()).isEqualTo(folder.resolve("x.tar")));
  }
}
