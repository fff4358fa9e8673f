package dev.slipway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.peers.Programs;
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

/** What images are made from, looked at through the images. */
class WorkbenchTest {
  private static final Pattern NAME = Pattern.compile("\"/nix/store/[0-9a-z]{32}-([^\"]+)\"");

  @TempDir Path folder;

  @BeforeEach
  void writePackage() throws IOException {
    Files.createDirectories(folder.resolve("pkg/bin"));
    Files.writeString(folder.resolve("pkg/bin/bash"), "#!/bin/sh\n");
    Files.writeString(folder.resolve("pkg/bin/env"), "#!/bin/sh\n");
    Files.createDirectories(folder.resolve("pkg/etc/ssl/certs"));
    Files.writeString(folder.resolve("pkg/etc/ssl/certs/ca-bundle.crt"), "PEM\n");
  }

  private Run build(String document) throws IOException {
    Path file = Files.writeString(folder.resolve("slipway.yaml"), document);
    return Run.with(
        Map.of(
            "XDG_DATA_HOME", folder.resolve("data").toString(),
            "XDG_CACHE_HOME", folder.resolve("cache").toString(),
            "TMPDIR", folder.toString(),
            "SSL_CERT_FILE", folder.resolve("pkg/etc/ssl/certs/ca-bundle.crt").toString()),
        "build",
        "it",
        "-o",
        folder.resolve("it.tar").toString(),
        "--json",
        "--quiet",
        "--store",
        "embedded",
        "-f",
        file.toString());
  }

  /** The names of the store paths in the image, the bottom layer's first. */
  private static List<String> names(Run run) {
    assertThat(run.err()).isEmpty();
    List<String> names = new ArrayList<>();
    NAME.matcher(run.out())
        .results()
        .map((MatchResult found) -> found.group(1))
        .forEach(names::add);
    return names;
  }

  @Test
  void makesHelpersFromTheTools() throws Exception {
    Run run =
        build(
            """
            tools: { bashInteractive: ./pkg, coreutils: ./pkg, cacert: "${{ paths.certificates }}" }
            paths: { certificates: { path: { path: ./pkg, name: cacert } } }
            images:
              it:
                streamLayeredImage:
                  name: it
                  contents: [ binSh, usrBinEnv, caCertificates, fakeNss, binSh ]
            """);
    // Links alone do not keep the helpers themselves, but what they lead to.
    assertThat(names(run))
        .containsExactlyInAnyOrder("pkg", "cacert", "group", "nsswitch.conf", "passwd");
  }

  @Test
  void makesStoreObjectsInTheOrderOfTheirReferences() throws Exception {
    Run run =
        build(
            """
            tools: { runtimeShell: "${{ paths.pkg }}/bin/bash", shadow: "${{ paths.pkg }}" }
            paths:
              joined: { symlinkJoin: { name: joined, paths: [ "${{ paths.tool }}", ./pkg ] } }
              env: { buildEnv: { name: env, paths: [ "${{ paths.joined }}" ] } }
              tool: { writeShellScriptBin: { name: tool, text: "exec ${{ paths.script }}" } }
              script: { writeScript: { name: script, text: "cat ${{ paths.users }}/etc/passwd" } }
              users: { fakeNss: { extraPasswdLines: [ "a:x:1:1::/:${{ paths.sh }}/bin/sh" ] } }
              sh: { binSh: "${{ paths.pkg }}" }
              pkg: { path: ./pkg }
              setup: { shadowSetup: {} }
              other: { writeScriptBin: { name: other, text: "not used" } }
            images:
              it:
                streamLayeredImage:
                  name: it
                  contents: ${{ paths.env }}
                  config: { Cmd: [ "${{ paths.setup }}" ] }
                  layering: size
            """);
    assertThat(names(run))
        .contains("tool", "script", "fake-nss", "bin-sh", "pkg", "setup")
        .doesNotContain("other");
  }

  @Test
  void makesCertificatesFromThoseOfTheMachine() throws Exception {
    Run run =
        build("images: { it: { streamLayeredImage: { name: it, contents: caCertificates } } }\n");
    assertThat(names(run)).containsExactly("cacert");
  }

  @Test
  void mergesPackagesAndArchives() throws Exception {
    Path bin = Files.createDirectories(folder.resolve("more/bin"));
    Files.writeString(bin.resolve("tool"), "see ${{ paths.text }}");
    Programs.run(folder, "tar", "-czf", "more.tar.gz", "-C", "more", "./bin");
    Run run =
        build(
            """
            tools: { runtimeShell: "${{ paths.pkg }}/bin/bash", coreutils: "${{ paths.pkg }}" }
            paths:
              pkg: { path: ./pkg }
              merged: { mergeDrvs: { derivations: [ ./pkg, ./more.tar.gz ] } }
              names: { mergeDrvs: { derivations: [ "${{ paths.pkg }}" ], onlyDeps: true } }
              script: { shellScript: { name: setup, text: "cat ${{ paths.names }}" } }
            images:
              it:
                buildLayeredImage:
                  name: it
                  compressor: none
                  contents: ${{ paths.merged }}
                  config: { Cmd: [ "${{ paths.script }}" ] }
            """);
    assertThat(names(run)).containsExactlyInAnyOrder("pkg", "merge-drvs", "merge-drvs", "setup");
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).noneMatch(path -> path.getFileName().toString().startsWith("slipway-"));
    }
    try (Stream<Path> tools = Files.find(folder, 9, (path, _) -> path.endsWith("bin/tool"))) {
      assertThat(tools.filter(path -> path.toString().contains("-merge-drvs/"))).hasSize(1);
    }
  }

  @Test
  void saysWhichArchiveItCannotUnpack() throws Exception {
    Files.writeString(folder.resolve("text"), "no archive");
    Run run =
        build(
            """
            paths: { merged: { mergeDrvs: { derivations: [ ./text ] } } }
            images: { it: { streamLayeredImage: { name: it, contents: "${{ paths.merged }}" } } }
            """);
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err())
        .startsWith("slipway: cannot unpack ")
        .contains("-text: tar could not")
        .hasLineCount(1);
  }

  @Test
  void appliesALayeringPipeline() throws Exception {
    String document =
        """
        images:
          it:
            streamLayeredImage:
              name: it
              contents: [ ./pkg, fakeNss ]
              layeringPipeline: [ [ popularity_contest ], [ limit_layers, %s ] ]
        """;
    assertThat(build(document.formatted("1")).out().split("diffId", -1)).hasSize(1 + 2);
    assertThat(build(document.formatted("2")).out().split("diffId", -1)).hasSize(1 + 3);
    Run wrong = build(document.formatted("many"));
    assertThat(wrong.status()).isEqualTo(2);
    assertThat(wrong.err())
        .startsWith("slipway: " + folder.resolve("slipway.yaml") + ":6:25: layeringPipeline[1]")
        .hasLineCount(1);
  }

  @Test
  void saysWhatItLacks() throws Exception {
    String image = "images: { it: { streamLayeredImage: { name: it, contents: %s } } }\n";
    Path file = folder.resolve("slipway.yaml");
    assertThat(build(image.formatted("binSh")).err())
        .isEqualTo("slipway: " + file + ":1:59: binSh needs tools.bashInteractive\n");
    assertThat(
            build("paths: { a: { shadowSetup: {} } }\n" + image.formatted("${{ paths.a }}/x"))
                .err())
        .contains("not YAML", "put ${{ … }} in quotes");
    assertThat(
            build("paths: { a: { shadowSetup: {} } }\n" + image.formatted("\"${{ paths.a }}\""))
                .err())
        .isEqualTo("slipway: " + file + ":1:15: shadowSetup needs tools.shadow\n");
    assertThat(build(image.formatted("./pkg, fromImage: fakeNss")).err())
        .isEqualTo("slipway: " + file + ":1:77: fakeNss is no image\n");
    assertThat(build(image.formatted("[ ./pkg, / ]")).err())
        .isEqualTo("slipway: " + file + ":1:68: /: cannot be a store object: the name is empty\n");
    assertThat(build("store: nowhere\n" + image.formatted("./pkg")).status()).isZero();
  }
}
