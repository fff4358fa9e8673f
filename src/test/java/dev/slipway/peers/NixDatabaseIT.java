package dev.slipway.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian's Nix works in containers of images that have its database. */
class NixDatabaseIT {
  /** Copies Nix's programs, and the libraries that they need, to where they are on this machine. */
  private static final String COPY_NIX =
      """
      set -e
      mkdir -p rootfs/bin rootfs/etc/nix rootfs/tmp
      for program in nix nix-store nix-instantiate nix-collect-garbage bash-static; do
        cp --parents -P /usr/bin/$program rootfs
      done
      cp --parents -P /usr/libexec/nix/build-remote rootfs
      ldd /usr/bin/nix | sed -n 's|.*[[:space:]]\\(/[^[:space:]]*\\).*|\\1|p' > libraries
      for library in $(cat libraries); do
        cp --parents -L $library rootfs
      done
      cp /bin/busybox rootfs/bin/busybox
      for name in sh cat ls mkdir find sort grep rm chmod; do ln -s busybox rootfs/bin/$name; done
      echo 'root:x:0:0::/root:/bin/sh' > rootfs/etc/passwd
      printf 'build-users-group =\\nsandbox = false\\nsubstituters =\\nbuilders =\\n' > rootfs/etc/nix/nix.conf
      """;

  private static final String IMAGES =
      """
      paths:
        name: { writeText: { name: name, text: world } }
        page: { writeTextDir: { path: srv/page, text: "hello ${{ paths.name }}" } }
        tool: { writeTextDir: { path: bin/tool, text: "a tool" } }
        other: { writeTextDir: { path: etc/other, text: "other than ${{ paths.tool }}" } }
      images:
        nix:
          buildImage: { name: nix, tag: "1", copyToRoot: [ ./rootfs ], compressor: none }
        layered:
          buildLayeredImageWithNixDb:
            name: layered
            tag: "1"
            fromImage: ${{ images.nix }}
            contents: [ "${{ paths.page }}" ]
            config: { Env: [ "TOOL=${{ paths.tool }}" ] }
        above:
          buildImageWithNixDb:
            name: above
            tag: "1"
            fromImage: ${{ images.layered }}
            copyToRoot: [ "${{ paths.other }}" ]
            config: { Env: [ "NAME=${{ paths.name }}" ] }
      """;

  /** Builds something, and says where it is. */
  private static final String BUILD =
      """
      { page }: derivation {
        name = "built";
        system = builtins.currentSystem;
        builder = "/bin/sh";
        args = [ "-c" "read line < $page/srv/page; echo \\"$line!\\" > $out" ];
        page = builtins.storePath page;
      }
      """;

  @TempDir private static Path folder;

  private static Slipway slipway;
  private static DockerDaemon docker;

  @BeforeAll
  static void load() throws Exception {
    slipway = Slipway.in(folder.resolve("home"));
    Programs.run(slipway.home(), "bash", "-c", COPY_NIX);
    Files.writeString(slipway.home().resolve("rootfs/build.nix"), BUILD);
    slipway.imageFile(IMAGES);
    docker = DockerDaemon.start(folder);
    for (String image : List.of("layered", "above")) {
      slipway.with(Map.of("DOCKER_HOST", docker.host())).run("load", image);
    }
  }

  @AfterAll
  static void stop() {
    docker.close();
  }

  private static String sh(String image, String script) throws Exception {
    return docker.docker(
        "run", "--rm", "--network=none", image + ":1", "/bin/sh", "-e", "-c", script);
  }

  private static List<String> names(String printed) {
    return printed
        .lines()
        .filter(line -> line.startsWith("/nix/store/"))
        .map(line -> line.replaceFirst("^/nix/store/[0-9a-z]{32}-", ""))
        .sorted()
        .toList();
  }

  @Test
  void itKnowsTheClosure() throws Exception {
    assertThat(names(sh("layered", "nix-store -qR /nix/store/*-page")))
        .containsExactly("name", "page");
    assertThat(names(sh("layered", "nix-store -qR $TOOL"))).containsExactly("tool");
    assertThat(names(sh("layered", "nix-store -q --referrers /nix/store/*-name")))
        .containsExactly("page");
    assertThat(names(sh("above", "nix-store -qR /nix/store/*-other /nix/store/*-page")))
        .containsExactly("name", "other", "page", "tool");
  }

  @Test
  void itFindsNoFault() throws Exception {
    for (String image : List.of("layered", "above")) {
      assertThat(sh(image, "nix-store --verify --check-contents"))
          .contains("checking path existence", "checking store hashes")
          .doesNotContain("modified", "disappeared", "not valid", "error");
    }
  }

  @Test
  void itAddsAndBuilds() throws Exception {
    for (String image : List.of("layered", "above")) {
      String printed =
          sh(
              image,
              """
              echo new > /tmp/new
              nix-store --add /tmp/new
              page=$(ls -d /nix/store/*-page)
              drv=$(nix-instantiate /build.nix --argstr page $page)
              out=$(nix-store -r $drv)
              cat $out
              nix-store -q --references $out $drv
              nix-store --verify --check-contents
              """);
      assertThat(printed).contains("!").doesNotContain("modified", "disappeared");
      assertThat(names(printed)).contains("new");
      assertThat(printed).containsPattern("hello /nix/store/[0-9a-z]{32}-name!");
    }
  }

  @Test
  void itsGarbageCollectorKeepsWhatTheImageIsMadeOf() throws Exception {
    for (String image : List.of("layered", "above")) {
      String printed =
          sh(
              image,
              """
              ls -d /nix/store/*-* > /tmp/before
              echo new > /tmp/new
              nix-store --add /tmp/new
              nix-collect-garbage
              ls -d /nix/store/*-* > /tmp/after
              cat /tmp/before /tmp/after
              """);
      assertThat(printed).contains("deleting '");
      List<String> names = names(printed);
      assertThat(names.stream().filter("new"::equals)).as(image).hasSize(1);
      assertThat(names.stream().filter("name"::equals)).as(image).hasSize(2);
      assertThat(names.stream().filter("tool"::equals)).as(image).hasSize(2);
    }
  }
}
