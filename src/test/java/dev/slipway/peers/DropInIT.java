package dev.slipway.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.store.NixPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

/**
 * Debian's Nix builds images through the expression in {@code nix/}, in its sandbox, as ordinary
 * users.
 */
class DropInIT {
  private static final Pattern SHELL_BLOCK = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);
  private static final Map<String, String> NONE = Map.of();

  @TempDir private static Path folder;
  private static Slipway slipway;
  private static NixBuilder nix;

  @BeforeAll
  static void makeStore() throws IOException {
    slipway = Slipway.in(folder.resolve("home"));
    // Of the users who build.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    nix = new NixBuilder(Files.createDirectory(folder.resolve("nix")));
  }

  /** Objects in a store may not be written to, which some file systems take for not deleted. */
  @AfterAll
  static void makeWritable() throws Exception {
    Programs.run("chmod", "-R", "u+w", folder.toString());
  }

  @Test
  void theExamplesAreBuiltAndDockerRunsThem() throws Exception {
    nix.build("archives", NONE);
    Members archives = members(nix.evaluate("archives", NONE));
    Members tags = members(nix.evaluate("tags", NONE));
    assertThat(archives.names()).hasSizeGreaterThan(40).contains("hello", "both", "exported");
    try (DockerDaemon docker = DockerDaemon.start(folder)) {
      for (String name : archives.names()) {
        if (name.equals("exported")) {
          continue; // No image any more.
        }
        String said = load(docker, nix.locate(archives.of(name)));
        if (tags.names().contains(name)) {
          assertThat(said).as(name).isEqualTo("Loaded image: " + tags.of(name) + "\n");
        }
      }
      assertThat(run(docker, tags.of("hello"))).isEqualTo("Hello, world!\n");
      assertThat(run(docker, tags.of("layered"), "/bin/cat", "/made")).isEqualTo("layered\n");
      assertThat(run(docker, tags.of("streamed"))).isEqualTo("Hello, world!\n");
      assertThat(run(docker, tags.of("linked"))).isEqualTo("Hello, world!\n");
      assertThat(run(docker, tags.of("redis"))).isEqualTo("redis with --dir /data\n");
      assertThat(run(docker, tags.of("nginx"))).startsWith("nginx with -c /nix/store/");
      assertThat(run(docker, tags.of("top"), "/bin/cat", "/layer", "/below"))
          .isEqualTo("top\nbottom\n");
      assertThat(run(docker, tags.of("users"), "/bin/cat", "/etc/passwd"))
          .contains("root:x:0:0::/root:/nix/store/", "guest:x:1000:1000::/home/guest:/bin/sh");
      assertThat(run(docker, tags.of("above"), "/bin/ls", "/")).contains("inside", "outside");
      assertThat(run(docker, tags.of("home"), "/bin/sh", "-c", "touch x; stat -c %u:%g . x"))
          .isEqualTo("1000:1000\n1000:1000\n");
      assertThat(run(docker, tags.of("chrooted"), "/bin/cat", "/etc/made")).isEqualTo("made\n");
      assertThat(run(docker, tags.of("nixShellRun"))).isEqualTo("hello\n");
      String build = "buildDerivation && echo \"$(< \"$out\")\"";
      assertThat(run(docker, tags.of("nixShell"), "bash", "-c", build)).isEqualTo("hello\n");
      for (String child : List.of("childEnvironment", "layeredEnvironment")) {
        assertThat(run(docker, tags.of(child), "/bin/env"))
            .as(child)
            .contains("FROM_PARENT=true\n", "FROM_CHILD=true\n", "LAST=child\n")
            .doesNotContain("LAST=parent");
      }
    }
    assertThat(
            Programs.run(
                "tar",
                "-tf",
                nix.locate(nix.evaluate("archives.exported", NONE).text()).toString()))
        .contains("./bin/bash");
  }

  private static String load(DockerDaemon docker, Path archive) throws Exception {
    // This Docker cannot read what zstd has compressed; the rest is passed on as it is.
    return Programs.run(
        "sh",
        "-c",
        "zstd -dcf \"$1\" | docker --host=\"$2\" load --quiet",
        "sh",
        archive.toString(),
        docker.host());
  }

  private static String run(DockerDaemon docker, String image, String... command) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("run", "--rm", "--network", "none", image));
    arguments.addAll(List.of(command));
    return docker.docker(arguments.toArray(String[]::new));
  }

  @Test
  void streamsAndArchivesOfAnImageAreTheSame() throws Exception {
    for (String kind : List.of("streamed", "streamedShell")) {
      Path archive = built(kind, "archive");
      Path stream = built(kind, "stream");
      assertThat(
              Programs.run(
                  "sh",
                  "-c",
                  "zstd -dcf \"$1\" | cmp - \"$2\"",
                  "sh",
                  archive.toString(),
                  stream.toString()))
          .isEmpty();
      Path renamed = built(kind, "renamed");
      assertThat(slipway.json("inspect", renamed.toString()).at(0).at("repoTags").texts())
          .containsExactly("other:name");
    }
  }

  private static Path built(String kind, String form) throws Exception {
    return nix.locate(nix.build(kind + "." + form, NONE).getFirst());
  }

  @Test
  void resultsHaveTheAttributesOfDockerTools() throws Exception {
    Document attributes = nix.evaluate("attributes", NONE);
    assertThat(attributes.at("names").texts())
        .containsExactly(
            "Image.tar.gz",
            "group/image",
            "stream-Image",
            "docker-image-Plain.tar.gz",
            "plain",
            "1");
    assertThat(attributes.toString().replaceAll("\\s", ""))
        .contains(
            "\"sameTag\":true",
            "\"kinds\":[false,true,false]",
            "\"mine\":1",
            "\"description\":\"animage\"",
            "\"buildArgs\":\"1\"",
            "\"changed\":true",
            "\"described\":[\"none\",\"1\",true,true]",
            "\"nested\":[true,true,true]",
            "\"copied\":true",
            "\"crossed\":true",
            "\"refused\":[false,false,false,false]",
            "\"overlay\":[1,\"/slipway\",\"lay\"]",
            "\"replaced\":[true,true,true,true,\"/bin/hello\"]",
            "\"overridden\":[\"2\",\"plainer\",\"other\",\"3\"]");
    assertThat(members(nix.evaluate("functions", NONE)).names())
        .contains(
            "binSh",
            "buildImage",
            "buildImageWithNixDb",
            "buildLayeredImage",
            "buildLayeredImageWithNixDb",
            "buildNixShellImage",
            "caCertificates",
            "examples",
            "exportImage",
            "fakeNss",
            "mergeDrvs",
            "mergeImages",
            "mkPureLayer",
            "mkRootLayer",
            "pullImage",
            "runWithOverlay",
            "shadowSetup",
            "shellScript",
            "streamLayeredImage",
            "streamNixShellImage",
            "tarsum",
            "usrBinEnv");
  }

  @Test
  void anImageIsTwoDerivationsThatNeedNothingElse() throws Exception {
    String drv = nix.evaluate("derivations.drvPath", NONE).text();
    assertThat(new NixPeer(nix.root()).store("-q", "--references", drv).lines())
        .isNotEmpty()
        .allSatisfy(input ->
            assertThat(input)
                .containsPattern("-(slipway-.*|layered.json|bash|host-programs).drv$"));
  }

  /**
   * The commands of the guide, in a folder that looks like the checkout, with a Nix that has its
   * store at the usual place: in a namespace of mounts, that is the test's.
   */
  @Test
  void theGuidesCommandsWork() throws Exception {
    Path work = Files.createDirectory(folder.resolve("reader"));
    for (String part : List.of("nix", "pom.xml", "slipway", "scripts", "target")) {
      Files.createSymbolicLink(work.resolve(part), Slipway.CHECKOUT.resolve(part));
    }
    // The jars are there, of that command; what would be built is what runs this test.
    Path programs = Files.createDirectory(folder.resolve("programs"));
    Path maven =
        Files.writeString(
            programs.resolve("mvn"), "#!/bin/sh\n[ \"$*\" = '-q -DskipTests package' ]\n");
    Files.setPosixFilePermissions(maven, PosixFilePermissions.fromString("rwxr-xr-x"));
    StringBuilder script = new StringBuilder("set -e\n");
    Matcher blocks =
        SHELL_BLOCK.matcher(Files.readString(Slipway.CHECKOUT.resolve("docs/from-dockertools.md")));
    while (blocks.find()) {
      script.append(blocks.group(1));
    }
    assertThat(script).contains("examples.hello", "overlay.nix");
    try (DockerDaemon docker = DockerDaemon.start(folder)) {
      assertThat(nix.runInPlace(work, programs, docker.host(), script.toString()))
          .contains("Loaded image: hello:latest", "Loaded image: greeter:latest")
          .containsPattern("(?s)Hello, world!\n.*Hello, world!\n.*\nslipway [0-9]+[.]")
          .doesNotContain("WARNING");
    }
  }

  @Test
  void helpersDoWhatTheyDidForOlderExpressions() throws Exception {
    nix.build("helpers", NONE);
    Members helpers = members(nix.evaluate("helpers", NONE));
    for (String layer : List.of("layer", "pure", "root")) {
      Path made = nix.locate(helpers.of(layer));
      String sum =
          Programs.run(
              "sh",
              "-c",
              "\"$1\" tarsum < \"$2\"/layer.tar",
              "sh",
              Slipway.CHECKOUT.resolve("slipway").toString(),
              made.toString());
      assertThat(made.resolve("json")).content().contains("\"checksum\": \"" + sum.strip() + "\"");
      assertThat(made.resolve("VERSION")).hasContent("1.0");
    }
    assertThat(names(helpers.of("pure") + "/layer.tar")).contains("./bin/hello", "./extra/");
    assertThat(names(helpers.of("root") + "/layer.tar")).contains("./made/");
    assertThat(names(helpers.of("overlay"))).contains("./before/", "./made/", "./.wh.bin");
    assertThat(nix.locate(helpers.of("merged")).resolve("bin/hello")).isRegularFile();
    assertThat(nix.locate(helpers.of("merged")).resolve("share/doc/nano")).hasContent("nano");
    assertThat(nix.locate(helpers.of("listed"))).content().matches("/nix/store/.*-hello\n");
    assertThat(nix.locate(helpers.of("sum"))).content().matches("tarsum.v1\\+sha256:[0-9a-f]+\n");
    assertThat(nix.locate(helpers.of("script"))).content().contains("/bin:/bin\n", "echo hello");
  }

  private static List<String> names(String tar) throws Exception {
    return Programs.run("tar", "-tf", nix.locate(tar).toString()).lines().toList();
  }

  @Test
  void pullsFromARegistryWhereNothingButTheHashIsTrusted() throws Exception {
    slipway.imageFile("images: { hello: { buildImage: { name: hello, tag: \"1\" } } }\n");
    try (DockerRegistry registry = DockerRegistry.start(folder)) {
      String reference = registry.domain() + "/hello:1";
      slipway.run("push", "hello", reference, "--tls-verify=false");
      Document fetched = slipway.json("prefetch", reference, "--tls-verify=false");
      Map<String, String> arguments =
          Map.of(
              "registry", registry.domain(),
              "digest", fetched.at("imageDigest").text(),
              "hash", fetched.at("hash").text());
      Path pulled = nix.locate(nix.build("pulled", arguments).getFirst());
      assertThat(slipway.json("inspect", pulled.toString()).at(0).at("config").toString())
          .contains("\"preferLocalBuild\": true");
    }
  }

  @Test
  void theCasesOfAParitySetHaveTheirDigests() throws Exception {
    String parity = System.getProperty("slipway.parity", "");
    if (parity.isEmpty()) {
      if ("true".equals(System.getenv("CI"))) {
        fail("the property slipway.parity does not name the parity folder");
      }
      throw new TestAbortedException("no parity folder: set the property slipway.parity");
    }
    Path original = Files.createDirectory(folder.resolve("original"));
    Programs.run(
        "sh",
        "-c",
        "zstd -dc \"$1\" | tar -C \"$2\" -xpf -",
        "sh",
        parity + "/store.tar.zst",
        original.toString());
    nix.copy(original);
    Map<String, String> arguments = Map.of("cases", parity + "/cases");
    nix.build("parity.good", arguments);
    Members good = members(nix.evaluate("parity.good", arguments));
    assertThat(good.names()).hasSizeGreaterThan(60);
    List<String> differences = new ArrayList<>();
    for (String name : good.names()) {
      Document expected =
          Document.parse(
                  Files.readString(
                      Path.of(parity, "cases", name.replaceFirst("-", "/"), "expected.json")))
              .at("expect");
      compare(name, nix.locate(good.of(name)), expected, differences);
    }
    assertThat(differences).isEmpty();
    Set<String> bad = members(nix.evaluate("parity.names", arguments)).names();
    assertThat(bad).isNotEmpty();
    for (String name : bad) {
      assertThat(nix.fail("parity.bad." + name, arguments)).contains("error:");
    }
  }

  private static void compare(
      String name, Path archive, Document expected, List<String> differences) throws Exception {
    JsonObject wanted = (JsonObject) expected.value();
    // A tag that was not given is part of the archive, and not the same in each form.
    if (wanted.get("tarSha256") instanceof JsonString digest && !name.contains("notag")) {
      String found =
          Programs.run("sh", "-c", "zstd -dcf \"$1\" | sha256sum", "sh", archive.toString());
      if (!found.startsWith(digest.value())) {
        differences.add(name + ": the archive is another");
      }
    }
    if (wanted.get("diffIds") == null) {
      return;
    }
    Document image = slipway.json("inspect", archive.toString()).at(0);
    List<String> diffIds = image.at("layers").texts("diffId");
    if (!diffIds.equals(expected.at("diffIds").texts())) {
      differences.add(name + ": diff IDs " + diffIds);
    }
    if (wanted.get("configDigest") instanceof JsonString digest
        && !image.at("configDigest").text().equals(digest.value())) {
      differences.add(name + ": the config is another");
    }
  }

  /** The strings of an object. */
  private record Members(JsonObject object) {
    Set<String> names() {
      return object.members().keySet();
    }

    String of(String name) {
      return new Document(object).at(name).text();
    }
  }

  private static Members members(Document document) {
    return new Members((JsonObject) document.value());
  }
}
