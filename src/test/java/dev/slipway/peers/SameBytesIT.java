package dev.slipway.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.oci.Digest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Who builds an image, where and on what machine, does not change a byte of it. */
class SameBytesIT {
  private static final List<String> NOBODY =
      List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--");
  private static final List<String> ARCHIVES =
      List.of("plain.tar", "gz.tar.gz", "zstd.tar.zst", "copied.tar.gz");

  /** A locale whose digits are not those of ASCII. */
  private static final String ARABIC = "-Duser.language=ar -Duser.country=EG";

  /** Everything that could let the caller in: names, owners, a script, the store, a base. */
  private static final String IMAGES =
      """
      paths:
        text: { writeText: { name: text, text: "na\u00efve \u2615" } }
        see: { writeTextDir: { path: see/text, text: "${{ paths.text }}" } }
      images:
        base:
          buildLayeredImage: { name: base, contents: TREE, config: { Env: [ A=b ] } }
        copied:
          buildImage:
            name: copied
            fromImage: ${{ images.base }}
            copyToRoot: [ TREE, "${{ paths.see }}" ]
            uid: 7
            extraCommands: |
              id -u > ids; id -g >> ids
              touch see/made 2> /dev/null || echo refused > refused
              chmod u+w see; touch see/made
            config: { Cmd: [ "${{ paths.text }}" ] }
      """;

  private static String image(String name, String compressor) {
    return """
      %s:
        buildLayeredImage:
          name: image
          compressor: %s
          fromImage: ${{ images.base }}
          contents: [ fakeNss, "${{ paths.see }}" ]
          extraCommands: |
            umask; id -u > /dev/null
            mkdir -p $'m\\303\\251/\\377' secret
            cp ${{ paths.see }}/see/text copy
            date -r copy > /dev/null
            chmod 700 secret
            echo "$PWD" | wc -l > lines
            sort <<< $'b\\nB\\na' > sorted
          config: { Cmd: [ "${{ paths.text }}" ] }
    """
        .formatted(name, compressor);
  }

  @TempDir private static Path folder;
  private static Path checkout;
  private static Path tree;
  private static List<Digest> expected;

  @BeforeAll
  static void prepare() throws Exception {
    open(folder);
    tree = folder.resolve("tree");
    new Trees(folder).make(tree, 577215);
    // Enough for compressors to share out between processors.
    Programs.run(tree, "sh", "-c", "seq 1 600000 > numbers");
    Programs.run("chmod", "-R", "a+rX", tree.toString());
    Slipway.in(folder.resolve("builder")).run("--version");
    // Root's checkout may lie where others cannot look.
    checkout = open(Files.createDirectory(folder.resolve("checkout")));
    Programs.run(
        Slipway.CHECKOUT,
        "cp",
        "--archive",
        "--parents",
        ".slipway",
        "slipway",
        "pom.xml",
        "scripts",
        "src/main",
        checkout.toString());
    expected = build(slipway("root"));
  }

  static List<Arguments> callers() {
    Map<String, String> posix = Map.of("LC_ALL", "C", "LANG", "C", "TZ", "Asia/Kathmandu");
    Map<String, String> utf8 = Map.of("LC_ALL", "", "LANG", "C.UTF-8");
    return List.of(
        Arguments.of("somebody", NOBODY, utf8),
        Arguments.of("posix", List.of("sh", "-c", "umask 077; exec \"$0\" \"$@\""), posix),
        Arguments.of("other-digits", List.of(), Map.of("SLIPWAY_JAVA_OPTS", ARABIC)),
        Arguments.of("one-processor", List.of("taskset", "--cpu-list", "0"), utf8),
        Arguments.of("somebody-posix", with(NOBODY, "taskset", "--cpu-list", "0"), posix));
  }

  private static List<String> with(List<String> command, String... more) {
    List<String> all = new ArrayList<>(command);
    all.addAll(List.of(more));
    return all;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("callers")
  void theCallerDoesNotMatter(String name, List<String> prefix, Map<String, String> variables)
      throws Exception {
    assertThat(build(slipway(name).under(prefix).with(variables))).isEqualTo(expected);
  }

  @Test
  void neitherDoWhatWasBuiltBeforeAndTheStoreItLiesIn() throws Exception {
    Slipway twice = slipway("twice");
    build(twice);
    assertThat(build(twice)).isEqualTo(expected);
    assertThat(build(twice, "--store", "local?root=" + folder.resolve("chroot")))
        .isEqualTo(expected);
  }

  private static Slipway slipway(String name) throws Exception {
    Slipway slipway = Slipway.in(folder.resolve(name)).from(checkout);
    slipway.imageFile(
        IMAGES.replace("TREE", tree.toString())
            + image("plain", "none")
            + image("gz", "gz")
            + image("zstd", "zstd"));
    Programs.run("chown", "-R", "65534:65534", slipway.home().toString());
    return slipway;
  }

  /** Builds the archives and returns their digests. */
  private static List<Digest> build(Slipway slipway, String... options) throws Exception {
    String[] command =
        with(List.of("build", "plain", "gz", "zstd", "copied"), options).toArray(String[]::new);
    assertThat(slipway.run(command).lines()).containsExactlyElementsOf(ARCHIVES);
    List<Digest> digests = new ArrayList<>();
    for (String archive : ARCHIVES) {
      digests.add(Digest.of(Files.readAllBytes(slipway.home().resolve(archive))));
    }
    return digests;
  }

  private static Path open(Path directory) throws Exception {
    return Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
