package dev.slipway.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Docker takes what Slipway builds, and runs it. */
class DockerIT {
  private static final Pattern SHELL_BLOCK = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);

  @TempDir private static Path folder;
  private static DockerDaemon daemon;
  private static Slipway slipway;

  @BeforeAll
  static void prepare() throws Exception {
    daemon = DockerDaemon.start(folder);
    slipway = Slipway.in(folder.resolve("home"));
    BusyboxRoot.make(slipway.home().resolve("rootfs"));
  }

  @AfterAll
  static void stopDocker() {
    daemon.close();
  }

  /**
   * Runs what the README's quick start says, in a folder that looks like the checkout; but the
   * server runs in the background, and in a network of its own in place of the machine's.
   */
  @Test
  void theReadmesFirstCommandsMakeAServerThatAnswers() throws Exception {
    Path work = Files.createDirectory(folder.resolve("reader"));
    Path launcher = work.resolve("slipway");
    Files.writeString(
        launcher, "#!/bin/sh\nexec '" + Slipway.CHECKOUT.resolve("slipway") + "' \"$@\"\n");
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
    Programs.run(Slipway.CHECKOUT, "cp", "-R", "examples", work.toString());
    Matcher blocks = SHELL_BLOCK.matcher(Files.readString(Slipway.CHECKOUT.resolve("README.md")));
    StringBuilder script = new StringBuilder("set -e\n");
    for (int i = 0; i < 2; i++) {
      assertThat(blocks.find()).isTrue();
      script.append(blocks.group(1));
    }
    String run = "docker run --rm -p 8080:8080 web\n";
    assertThat(script)
        .contains(
            "./slipway build web -f examples/nginx/slipway.yaml\n", "docker load -i web.tar.gz")
        .endsWith(run);

    String printed =
        Programs.run(
            work,
            "env",
            "--unset=XDG_CACHE_HOME",
            "--unset=XDG_DATA_HOME",
            "DOCKER_HOST=" + daemon.host(),
            "HOME=" + Files.createDirectory(folder.resolve("readers-home")),
            "sh",
            "-c",
            script
                .toString()
                .replace(run, "docker run --rm --detach --name=readme --network=none web\n"));

    assertThat(printed).contains("web.tar.gz\n", "Loaded image: web:latest\n");
    assertThat(daemon.ask("readme", "http://localhost:8080/"))
        .isEqualTo("<h1>Hello from Slipway</h1>\n");
    daemon.docker("rm", "--force", "readme");
  }

  @ParameterizedTest
  @CsvSource({"none, .tar", "gz, .tar.gz"})
  void anImageInheritsItsBasesEnvironmentAndRuns(String compressor, String extension)
      throws Exception {
    imagesOnABase(compressor);

    Document built = slipway.json("build", "child").at(0);

    assertThat(built.at("out").text()).isEqualTo("child" + extension);
    load(built);
    assertThat(run("child:1", "env").lines())
        .contains("PATH=/bin", "OF_BASE=base", "OF_BOTH=child", "OF_CHILD=child");
    assertThat(run("child:1", "cat", "/share/greeting")).isEqualTo("good day\n");
    assertThat(run("child:1", "sh", "-c", "cat $GREETING; id -u; cat /made"))
        .isEqualTo("good day\n65534\nby a script\n");
    assertThat(inspect("child:1", "{{json .Config.Env}}").texts())
        .containsSubsequence("PATH=/bin", "OF_BASE=base", "OF_BOTH=child", "OF_CHILD=child");
  }

  /** An image of one layer over a layered one, and one more over that. */
  @ParameterizedTest
  @CsvSource({"none, .tar", "gz, .tar.gz"})
  void plainImagesRunAlsoOnTopOfOneAnother(String compressor, String extension) throws Exception {
    slipway.imageFile(
        """
        paths:
          greeting: { writeTextDir: { path: share/greeting, text: "good day\\n" } }
          pointer: { writeText: { name: pointer, text: "${{ paths.greeting }}/share/greeting" } }
        images:
          layered:
            buildLayeredImage: { name: layered, contents: ./rootfs, config: { Env: [ PATH=/bin ] } }
          lower:
            buildImage:
              name: some/Lower
              tag: "1"
              compressor: %1$s
              fromImage: ${{ images.layered }}
              copyToRoot: [ ./rootfs, "${{ paths.greeting }}" ]
              extraCommands: |
                echo lower > both; echo lower > lower; mkfifo -m 640 pipe; ln lower linked
                chmod u+w bin; echo by a script > bin/made
              uid: 1000
              gid: 100
              config: { Env: [ OF=lower, LOWER=1 ] }
          upper:
            buildImage:
              name: upper
              tag: "1"
              compressor: %1$s
              fromImage: ${{ images.lower }}
              extraCommands: echo upper > both
              config: { Env: [ OF=upper, "POINTER=${{ paths.pointer }}" ], User: "1000" }
        """
            .formatted(compressor));

    Document upper = slipway.json("build", "upper").at(0);
    Document lower = slipway.json("build", "lower").at(0);

    assertThat(upper.at("out").text()).isEqualTo("upper" + extension);
    load(upper);
    load(lower);
    assertThat(run("upper:1", "env").lines()).contains("PATH=/bin", "OF=upper", "LOWER=1");
    assertThat(run("upper:1", "cat", "both", "lower", "linked", "share/greeting"))
        .isEqualTo("upper\nlower\nlower\ngood day\n");
    assertThat(run("upper:1", "sh", "-c", "cat $(cat $POINTER) bin/made; id -u"))
        .isEqualTo("good day\nby a script\n1000\n");
    assertThat(run("upper:1", "stat", "-c", "%u:%g %a", "/lower", "/pipe", "/bin", "/nix/store"))
        .isEqualTo("1000:100 644\n1000:100 640\n1000:100 755\n0:0 755\n");
  }

  @Test
  void helpersServeTheProgramsOfAnImage() throws Exception {
    Path tools = slipway.home().resolve("tools");
    BusyboxRoot.make(tools);
    Files.delete(tools.resolve("bin/sh"));
    Files.copy(Path.of("/bin/bash-static"), tools.resolve("bin/bash"));
    Path certificates = Files.createDirectories(tools.resolve("etc/ssl/certs"));
    Files.writeString(certificates.resolve("ca-bundle.crt"), "PEM\n");
    slipway.imageFile(
        """
        tools:
          bashInteractive: ./tools
          coreutils: ./tools
          cacert: ./tools
          runtimeShell: ${{ paths.tools }}/bin/bash
          shadow: ./tools
        paths:
          tools: { path: ./tools }
          users:
            fakeNss:
              extraPasswdLines: [ "me:x:7:8:Me:/home:/bin/sh" ]
              extraGroupLines: [ "mine:x:8:" ]
          setup: { shadowSetup: {} }
          script: { shellScript: { name: script, text: "id -un; echo done" } }
          merged: { mergeDrvs: { derivations: [ ./tools ] } }
        images:
          helpers:
            buildLayeredImage:
              name: helpers
              tag: "1"
              contents: [ "${{ paths.users }}", binSh, usrBinEnv, caCertificates, ./tools ]
              extraCommands: mkdir -m 755 tmp
              config: { Env: [ PATH=/bin, "SCRIPT=${{ paths.script }}", "SETUP=${{ paths.setup }}" ] }
          merged:
            buildImage: { name: merged, tag: "1", copyToRoot: "${{ paths.merged }}" }
          bare:
            buildImage:
              name: bare
              tag: "1"
              fromImage: ${{ images.merged }}
              config: { Env: [ PATH=/bin, "SETUP=${{ paths.setup }}" ] }
        """);

    for (String name : List.of("helpers", "merged", "bare")) {
      load(slipway.json("build", name).at(0));
    }

    assertThat(run("helpers:1", "id", "me")).isEqualTo("uid=7(me) gid=8(mine) groups=8(mine)\n");
    assertThat(run("helpers:1", "id", "-un")).isEqualTo("root\n");
    assertThat(run("helpers:1", "/bin/sh", "-c", "echo ~nobody $BASH_VERSINFO"))
        .matches("/var/empty [0-9]+\n");
    assertThat(run("helpers:1", "/usr/bin/env", "sh", "-c", "cat /etc/nsswitch.conf"))
        .isEqualTo("hosts: files dns\n");
    assertThat(
            run(
                "helpers:1",
                "cat",
                "/etc/ssl/certs/ca-bundle.crt",
                "/etc/ssl/certs/ca-certificates.crt",
                "/etc/pki/tls/certs/ca-bundle.crt"))
        .isEqualTo("PEM\nPEM\nPEM\n");
    assertThat(run("helpers:1", "sh", "-c", "$SCRIPT")).isEqualTo("root\ndone\n");
    assertThat(run("merged:1", "/bin/bash", "-c", "echo merged")).isEqualTo("merged\n");
    assertThat(
            run(
                "bare:1",
                "bash",
                "-ec",
                "touch() { : > $1; }; mkdir() { busybox mkdir $*; }; cat /etc/passwd || . $SETUP;"
                    + " . $SETUP; id -un; cat /etc/group /etc/pam.d/other"))
        .contains("root\nroot:x:0:\naccount sufficient pam_unix.so\nauth ");
  }

  @Test
  void theBaseMayBeAnArchiveThatWasBuiltBefore() throws Exception {
    imagesOnABase("none");
    slipway.run("build", "base", "-o", "base.tar.gz");

    Document direct = slipway.json("build", "child", "-o", "direct.tar").at(0);
    Document after = slipway.json("build", "on-archive", "-o", "after.tar").at(0);

    assertThat(after.at("configDigest")).isEqualTo(direct.at("configDigest"));
    assertThat(slipway.home().resolve("after.tar"))
        .hasSameBinaryContentAs(slipway.home().resolve("direct.tar"));
  }

  @Test
  void aStreamIsLoadedAsItComes() throws Exception {
    imagesOnABase("gz");
    Document built = slipway.json("build", "child").at(0);

    String loaded =
        slipway
            .under(
                List.of(
                    "bash",
                    "-o",
                    "pipefail",
                    "-c",
                    "\"$@\" | docker --host=\"$0\" load",
                    daemon.host()))
            .run("stream", "child");

    assertThat(loaded).isEqualTo("Loaded image: child:1\n");
    assertThat(inspect("child:1", "{{json .Id}}")).isEqualTo(built.at("configDigest"));
  }

  @Test
  void aChangedPathChangesItsLayerAlone() throws Exception {
    Document before = buildAndLoadFour("one");
    Document after = buildAndLoadFour("two");

    List<String> old = layers("four:one");
    List<String> now = layers("four:two");
    Set<String> shared = new HashSet<>(old);
    shared.retainAll(now);
    assertThat(old).hasSize(5);
    assertThat(now).hasSize(5);
    assertThat(shared).hasSize(4);
    assertThat(changed(before, shared)).singleElement().asString().endsWith("-d");
    assertThat(changed(after, shared)).singleElement().asString().endsWith("-d");
  }

  /** An image of four texts of which only the last, that no other refers to, depends on the tag. */
  private static Document buildAndLoadFour(String tag) throws Exception {
    slipway.imageFile(
        """
        paths:
          a: { writeText: { name: a, text: nothing } }
          b: { writeText: { name: b, text: "${{ paths.a }}" } }
          c: { writeText: { name: c, text: "${{ paths.a }} ${{ paths.b }}" } }
          d: { writeText: { name: d, text: "${{ paths.c }} %1$s" } }
        images:
          four:
            buildLayeredImage:
              name: four
              tag: %1$s
              config: { Env: [ "TOP=${{ paths.d }}" ] }
        """
            .formatted(tag));
    Document built = slipway.json("build", "four").at(0);
    load(built);
    return built;
  }

  /** The store paths of layers that are not among {@code shared}. */
  private static List<String> changed(Document built, Set<String> shared) {
    List<String> paths = new ArrayList<>();
    for (Document layer : built.at("layers").elements()) {
      if (!shared.contains(layer.at("diffId").text())) {
        paths.addAll(layer.at("paths").texts());
      }
    }
    return paths;
  }

  /** Writes an image file with an image {@code child} over {@code base}, a root of busybox. */
  private static void imagesOnABase(String compressor) throws IOException {
    String child =
        """
            buildLayeredImage:
              name: child
              tag: "1"
              compressor: %s
              contents: [ fakeNss, "${{ paths.greeting }}" ]
              extraCommands: echo by a script > made
              config:
                User: nobody
                Env: [ OF_BOTH=child, OF_CHILD=child, "GREETING=${{ paths.greeting }}/share/greeting" ]
        """
            .formatted(compressor);
    slipway.imageFile(
        """
        paths:
          greeting: { writeTextDir: { path: share/greeting, text: "good day\\n" } }
        images:
          base:
            buildLayeredImage:
              name: base
              contents: ./rootfs
              config: { Env: [ PATH=/bin, OF_BASE=base, OF_BOTH=base ] }
          child:
        %s      fromImage: ${{ images.base }}
          on-archive:
        %s      fromImage: ./base.tar.gz
        """
            .formatted(child, child));
  }

  /** Has Docker load an archive, and compares what it thinks of it with what the builder says. */
  private static void load(Document built) throws Exception {
    String reference = built.at("name").text() + ":" + built.at("tag").text();
    Path archive = slipway.home().resolve(built.at("out").text());
    assertThat(daemon.docker("load", "--quiet", "--input", archive.toString()))
        .isEqualTo("Loaded image: " + reference + "\n");
    assertThat(inspect(reference, "{{json .Id}}")).isEqualTo(built.at("configDigest"));
    assertThat(layers(reference)).isEqualTo(built.at("layers").texts("diffId"));
  }

  private static List<String> layers(String reference) throws Exception {
    return inspect(reference, "{{json .RootFS.Layers}}").texts();
  }

  private static Document inspect(String reference, String format) throws Exception {
    return Document.parse(daemon.docker("image", "inspect", "--format", format, reference));
  }

  private static String run(String reference, String... command) throws Exception {
    List<String> arguments =
        new ArrayList<>(List.of("run", "--rm", "--network", "none", reference));
    arguments.addAll(List.of(command));
    return daemon.docker(arguments.toArray(String[]::new));
  }
}
