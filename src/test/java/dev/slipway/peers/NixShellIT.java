package dev.slipway.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.store.NixPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Derivations that Nix has instantiated are built in the containers of their shells, by a user who
 * is not root.
 */
class NixShellIT {
  /** Packages of programs that need no library, and of a stdenv that finds them. */
  private static final String PACKAGES =
      """
      set -e
      mkdir -p bash/bin coreutils/bin cacert/etc/ssl/certs stdenv
      cp /usr/bin/bash-static bash/bin/bash
      cp /bin/busybox coreutils/bin/busybox
      for name in env cat mkdir id ls cp; do ln -s busybox coreutils/bin/$name; done
      echo certificates > cacert/etc/ssl/certs/ca-bundle.crt
      echo 'PATH=$coreutils/bin; runHook() { eval "${!1:-}"; }' > stdenv/setup
      echo 'source of the thing' > source
      """;

  private static final String EXPRESSION =
      """
      { bash, coreutils, stdenv, source }:
      derivation {
        name = "thing-1.0";
        system = "x86_64-linux";
        builder = "${builtins.storePath bash}/bin/bash";
        args = [ "-e" "-c" ''
          source $stdenv/setup
          mkdir $out
          cat $messagePath $src > "$out/it's"
          echo "$list $TMP" > $placed
        '' ];
        coreutils = builtins.storePath coreutils;
        stdenv = builtins.storePath stdenv;
        src = builtins.storePath source;
        outputs = [ "out" "doc" ];
        placed = builtins.placeholder "doc";
        passAsFile = [ "message" ];
        message = "a message\\n";
        list = [ 1 "two" [ 3 4 ] [ ] true null ];
        half = 0.5;
        none = false;
        shellHook = "echo hooked";
      }
      """;

  private static final String VARIABLES =
      """
      args@{ bash, coreutils, stdenv, source }: let d = import ./thing.nix args;
      in builtins.mapAttrs (_: toString) (removeAttrs d.drvAttrs [ "message" "placed" ])
        // { out = d.out.outPath; doc = d.doc.outPath; }
      """;

  private static final String IMAGES =
      """
      tools:
        bashInteractive: BASH
        runtimeShell: BASH/bin/bash
        coreutils: COREUTILS
        cacert: CACERT
      images:
        shell: { streamNixShellImage: { drv: DRV, tag: "1" } }
        running:
          buildNixShellImage:
            drv: DRV
            name: running
            tag: "1"
            uid: 1234
            run: buildDerivation && cat "$out/it's" $doc && id -u && ls -A
        typing:
          buildNixShellImage:
            drv: DRV
            name: typing
            tag: "1"
            compressor: zstd
            command: echo "typed by $(id -u)"
      """;

  @TempDir private static Path folder;

  private static Slipway slipway;
  private static DockerDaemon docker;
  private static NixPeer nix;
  private static String store;
  private static List<String> arguments;

  @BeforeAll
  static void instantiate() throws Exception {
    slipway = Slipway.in(folder.resolve("home"));
    Path root = Files.createDirectory(folder.resolve("root"));
    nix = new NixPeer(root);
    store = "local?root=" + root;
    Programs.run(slipway.home(), "bash", "-c", PACKAGES);
    Path expression = Files.writeString(slipway.home().resolve("thing.nix"), EXPRESSION);
    Files.writeString(slipway.home().resolve("variables.nix"), VARIABLES);
    arguments = new ArrayList<>();
    for (String name : List.of("bash", "coreutils", "stdenv", "source")) {
      arguments.addAll(List.of("--argstr", name, added(name)));
    }
    List<String> call = new ArrayList<>(List.of(expression.toString()));
    call.addAll(arguments);
    NixPeer.Result drv = nix.run("nix-instantiate", call.toArray(String[]::new));
    assertThat(drv.status()).as(drv.err()).isZero();
    slipway.imageFile(
        IMAGES
            .replace("DRV", drv.out().strip().replaceFirst("!.*", ""))
            .replace("CACERT", added("cacert"))
            .replace("BASH", added("bash"))
            .replace("COREUTILS", added("coreutils")));
    docker = DockerDaemon.start(folder);
    for (String image : List.of("shell", "running", "typing")) {
      slipway.with(Map.of("DOCKER_HOST", docker.host())).run("load", image, "--store", store);
    }
  }

  private static String added(String name) throws IOException, InterruptedException {
    return nix.store("--add", slipway.home().resolve(name).toString()).out().strip();
  }

  @AfterAll
  static void stop() {
    docker.close();
  }

  private static String run(String... command) throws Exception {
    List<String> all = new ArrayList<>(List.of("run", "--rm", "--network=none"));
    all.addAll(List.of(command));
    return docker.docker(all.toArray(String[]::new));
  }

  @Test
  void itBuildsTheDerivation() throws Exception {
    assertThat(run("running:1"))
        .isEqualTo("hooked\na message\nsource of the thing\n1 two 3 4 1  /build\n1234\n");
    assertThat(
            run(
                "thing-1.0-env:1",
                "/bin/sh",
                "-c",
                "buildDerivation && echo \"$(<\"$out/it's\")\""))
        .isEqualTo("a message\nsource of the thing\n");
  }

  @Test
  void itsShellIsThatOfNix() throws Exception {
    Document config = slipway.json("inspect", archive("typing")).at(0).at("config").at("config");
    List<String> command = new ArrayList<>(List.of("typing:1"));
    command.addAll(config.at("Cmd").texts());
    command.add("-i");

    assertThat(run(command.toArray(String[]::new))).contains("hooked\n", "typed by 1000\n");
  }

  private static String archive(String image) throws Exception {
    return slipway.run("build", image, "--store", store).strip();
  }

  @Test
  void itsVariablesAreThoseThatNixComputes() throws Exception {
    List<String> call =
        new ArrayList<>(
            List.of(
                "--eval",
                "--strict",
                "--json",
                slipway.home().resolve("variables.nix").toString()));
    call.addAll(arguments);
    NixPeer.Result result = nix.run("nix-instantiate", call.toArray(String[]::new));
    assertThat(result.status()).as(result.err()).isZero();
    Document expected = Document.parse(result.out());
    List<String> variables =
        slipway.json("inspect", archive("shell")).at(0).at("config").at("config").at("Env").texts();

    assertThat(expected.keys()).contains("args", "list", "half", "none", "out", "doc", "outputs");
    for (String name : expected.keys()) {
      assertThat(variables).contains(name + "=" + expected.at(name).text());
    }
    assertThat(variables)
        .hasSize(expected.keys().size() + 2 + 13)
        .isSorted()
        .anyMatch(variable -> variable.matches("messagePath=/nix/store/.*-pass-as-text-message"));
  }
}
