package dev.slipway.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The scripts that people write to run as root: users made by the real {@code useradd}, for the
 * servers that nixpkgs' examples are of. Docker sees the owners that they have given files.
 */
class RootScriptsIT {
  /** Copies programs, and the libraries that they need, to where they are on this machine. */
  private static final String COPY_PROGRAMS =
      """
      set -e
      for program in bash groupadd useradd mkdir chown chmod cat touch rm id stat; do
        command -v $program
      done > programs
      cat programs >> files
      for program in $(cat programs); do
        ldd $program | sed -n 's|.*[[:space:]]\\(/[^[:space:]]*\\).*|\\1|p'
      done | sort -u >> files
      mkdir -p rootfs/etc shadow/bin
      for file in $(cat files); do
        cp --parents -L $file rootfs
      done
      # A user's home that is not there is no fault.
      touch rootfs/etc/login.defs
      for program in groupadd useradd; do
        ln -s $(command -v $program) shadow/bin/$program
      done
      """;

  private static final String IMAGES =
      """
      tools: { shadow: ./shadow, runtimeShell: /usr/bin/bash }
      paths:
        setup: { shadowSetup: {} }
      images:
        base: { buildImage: { name: base, tag: "1", copyToRoot: [ ./rootfs ], compressor: none } }
        redis:
          buildImage:
            name: redis
            tag: "1"
            fromImage: ${{ images.base }}
            compressor: none
            runAsRoot: |
              source ${{ paths.setup }}
              groupadd --system redis
              useradd --system --gid redis --home-dir /data redis
              mkdir /data
              chown redis:redis /data
            config: { Cmd: [ redis-server ], WorkingDir: /data, Volumes: { /data: {} } }
        nginx:
          buildImage:
            name: nginx
            tag: "1"
            fromImage: ${{ images.base }}
            copyToRoot: [ ./site ]
            compressor: none
            runAsRoot: |
              source ${{ paths.setup }}
              groupadd --system nginx
              useradd --system --gid nginx nginx
              chown nginx /srv/index.html
            extraCommands: |
              mkdir -p var/log/nginx var/cache/nginx
              chown 990:991 var/cache/nginx
              chmod 4750 var/log/nginx
            config: { ExposedPorts: { 80/tcp: {} } }
        layered:
          buildLayeredImage:
            name: layered
            tag: "1"
            fromImage: ${{ images.base }}
            contents: [ ./site ]
            compressor: none
            enableFakechroot: true
            fakeRootCommands: |
              mkdir -p /var/lib/app
              chown 1234:4321 /var/lib/app
              test -e /srv/index.html
      """;

  private static final List<String> NAMES = List.of("redis", "nginx", "layered");

  @TempDir private static Path folder;
  private static DockerDaemon daemon;
  private static Slipway slipway;

  @BeforeAll
  static void build() throws Exception {
    daemon = DockerDaemon.start(folder);
    slipway = Slipway.in(folder.resolve("home"));
    prepare(slipway.home());
    for (String name : NAMES) {
      Document built = slipway.json("build", name).at(0);
      Programs.run(
          slipway.home(),
          "env",
          "DOCKER_HOST=" + daemon.host(),
          "docker",
          "load",
          "-i",
          built.at("out").text());
    }
  }

  @AfterAll
  static void stopDocker() {
    daemon.close();
  }

  private static void prepare(Path home) throws Exception {
    Programs.run(home, "bash", "-c", COPY_PROGRAMS);
    Files.createDirectories(home.resolve("site/srv"));
    Files.writeString(home.resolve("site/srv/index.html"), "hello\n");
    Files.writeString(home.resolve("slipway.yaml"), IMAGES);
  }

  private static String docker(String image, String script) throws Exception {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("env", "DOCKER_HOST=" + daemon.host()));
    command.addAll(List.of("docker", "run", "--rm", "--network", "none", image));
    command.addAll(List.of("bash", "-c", script));
    return Programs.run(command.toArray(String[]::new));
  }

  @Test
  void redisHasItsUserAndItsFolder() throws Exception {
    assertThat(docker("redis:1", "stat -c '%U:%G %a' /data; id -un redis; cat /etc/shadow"))
        .startsWith("redis:redis 755\nredis\nroot:!x:::::::\nredis:!:");
  }

  @Test
  void nginxHasItsUserAndWhatTheLaterScriptMakes() throws Exception {
    assertThat(
            docker(
                "nginx:1",
                "stat -c '%U:%G %a %n' /srv/index.html /var/log/nginx;"
                    + " stat -c '%u:%g' /var/cache/nginx"))
        .isEqualTo("nginx:root 444 /srv/index.html\nroot:root 4750 /var/log/nginx\n990:991\n");
  }

  @Test
  void aLayersOwnersAreThoseThatItsScriptGave() throws Exception {
    assertThat(docker("layered:1", "stat -c %u:%g /var/lib/app; cat /srv/index.html"))
        .isEqualTo("1234:4321\nhello\n");
    assertThat(
            Programs.run(
                slipway.home(),
                "sh",
                "-c",
                "tar -xOf layered.tar --wildcards '*/layer.tar' | tar -t --ignore-zeros"))
        .contains("./var/lib/app/\n")
        .doesNotContain("./proc", "./dev", "./sys", "./nix/");
  }
}
