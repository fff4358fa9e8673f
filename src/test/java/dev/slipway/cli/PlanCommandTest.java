package dev.slipway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plans images, and tells builds what is valid in their store. */
class PlanCommandTest {
  private static final String OBJECT = "/nix/store/" + "a".repeat(32) + "-a";
  private static final String NEEDED = "/nix/store/" + "b".repeat(32) + "-b";

  @TempDir Path folder;

  @BeforeEach
  void writeSources() throws IOException {
    Files.createDirectories(folder.resolve("temporary"));
    Files.createDirectories(folder.resolve("rootfs/etc"));
    Files.writeString(folder.resolve("rootfs/etc/motd"), "hello\n");
    Files.createDirectories(folder.resolve("root" + OBJECT));
    Files.writeString(folder.resolve("root" + OBJECT + "/text"), NEEDED);
    Files.writeString(folder.resolve("root" + NEEDED), "needed\n");
    Files.writeString(
        folder.resolve("slipway.yaml"),
        """
        images:
          base:
            streamLayeredImage: { name: base, tag: "1", architecture: amd64, contents: ./rootfs }
          app:
            buildLayeredImage:
              name: app
              tag: "2"
              architecture: amd64
              fromImage: ${{ images.base }}
              contents: ./rootfs
              extraCommands: echo more > more
              uid: 7
              gname: users
              mtime: "1980-01-02"
              config: { Cmd: [ a, "é" ] }
          untagged: { streamLayeredImage: { name: u, architecture: amd64, contents: ./rootfs } }
          now: { streamLayeredImage: { name: now, tag: "1", architecture: amd64, created: now } }
          plain: { buildImage: { name: plain, architecture: amd64, copyToRoot: ./rootfs } }
          both: { mergeImages: [ "${{ images.base }}", "${{ images.plain }}" ] }
          told:
            buildLayeredImage: { name: told, tag: "1", architecture: amd64, contents: %s }
        """
            .formatted(OBJECT));
  }

  private Run run(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    if (!all.contains("--store")) {
      all.addAll(List.of("--store", "embedded"));
    }
    if (!all.contains("--conf")) {
      all.addAll(List.of("--file", folder.resolve("slipway.yaml").toString()));
    }
    all.add("--quiet");
    return Run.with(
        Map.of(
            "XDG_DATA_HOME", folder.resolve("data").toString(),
            "XDG_CACHE_HOME", folder.resolve("cache").toString(),
            "TMPDIR", folder.resolve("temporary").toString()),
        all.toArray(String[]::new));
  }

  private Path plan(String name, String... more) throws IOException {
    Path out = folder.resolve("plan-" + name);
    List<String> arguments = new ArrayList<>(List.of("plan", name, "-o", out.toString()));
    arguments.addAll(List.of(more));
    Run run = run(arguments.toArray(String[]::new));
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).isEqualTo(out + "\n");
    try (Stream<Path> left = Files.list(folder.resolve("temporary"))) {
      assertThat(left).isEmpty();
    }
    return out;
  }

  private static List<String> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    }
  }

  private byte[] streamed(String... arguments) {
    Run run = run(arguments);
    assertThat(run.err()).isEmpty();
    return run.output().toByteArray();
  }

  @Test
  void whatItLeavesIsStreamedToTheSameArchive() throws Exception {
    Path app = plan("app");
    Path untagged = plan("untagged");

    assertThat(files(app)).containsExactly("base.tar", "checksum", "conf.json", "layer.tar");
    assertThat(streamed("stream", "--conf", app + "/conf.json"))
        .isEqualTo(streamed("stream", "app"));
    assertThat(files(untagged)).containsExactly("checksum", "conf.json", "layer.tar");
    assertThat(streamed("stream", "--conf", untagged + "/conf.json"))
        .isEqualTo(streamed("stream", "untagged"));
  }

  /** A builder has an embedded store of its own, which is gone when it has ended. */
  @Test
  void hasWithItWhatIsInNoOtherStore() throws Exception {
    Path references = Files.writeString(folder.resolve("references"), "[]");
    Path base = plan("base", "--references", references.toString());
    byte[] expected = streamed("stream", "base");
    Files.move(folder.resolve("data"), folder.resolve("gone"));

    assertThat(files(base)).containsExactly("checksum", "conf.json", "layer.tar", "objects");
    assertThat(files(base.resolve("objects"))).hasSize(1).first().asString().endsWith("-rootfs");
    assertThat(streamed("stream", "--conf", base + "/conf.json")).isEqualTo(expected);

    Path conf = folder.resolve("conf.json");
    String text = Files.readString(base.resolve("conf.json"));
    String objects = base + "/objects";
    Files.writeString(conf, text.replace(objects, "/nix/store/x/objects"));
    assertThat(run("stream", "--conf", conf.toString()).err()).contains("objects: '/nix/store/x'");
    Files.writeString(conf, text.replace(objects, folder + "/rootfs"));
    assertThat(run("stream", "--conf", conf.toString()).err())
        .contains("rootfs: expected store objects, found 'etc'");
  }

  @Test
  void leavesToTheStreamWhenNowIs() throws Exception {
    assertThat(plan("now").resolve("conf.json"))
        .content()
        .contains("\"created\": \"now\"", "\"mtime\": \"now\"");
  }

  @Test
  void keepsTheLayerOfAnImageThatIsNotLayered() throws Exception {
    Path plain = plan("plain");

    assertThat(files(plain)).containsExactly("VERSION", "json", "layer.tar");
    assertThat(plain.resolve("VERSION")).hasContent("1.0");
    String sum = Run.reading(Files.readAllBytes(plain.resolve("layer.tar")), "tarsum").out();
    assertThat(plain.resolve("json"))
        .content()
        .contains("\"checksum\": \"" + sum.strip() + "\"", "\"architecture\": \"amd64\"");
  }

  @Test
  void givesTheTagThatIsAskedFor() throws Exception {
    assertThat(plan("app", "--tag", "other").resolve("conf.json"))
        .content()
        .contains("\"repo_tag\": \"app:other\"");
    assertThat(new String(streamed("stream", "plain", "--tag", "3"), StandardCharsets.ISO_8859_1))
        .contains("plain:3");
    Path out = folder.resolve("app.tar.gz");
    assertThat(run("build", "app", "--tag", "4", "--json", "-o", out.toString()).out())
        .contains("\"tag\": \"4\"");
  }

  @Test
  void leavesNothingOfAPlanThatFails() throws Exception {
    Path out = folder.resolve("out");
    assertThat(run("plan", "both", "-o", out.toString()).err())
        .contains("an image of others' layers needs no plan");
    assertThat(out).doesNotExist();
    Files.createDirectory(out);
    assertThat(run("plan", "app", "-o", out.toString()).err()).contains(out + ":");
    assertThat(run("plan", "app").err()).contains("slipway plan needs -o DIR");
    assertThat(run("plan", "app", "now", "-o", "x").err()).contains("needs one NAME, found 2");
    assertThat(run("stream", "--conf", "x", "--tag", "y").err()).contains("--tag needs a NAME");
    assertThat(files(folder))
        .containsExactly("cache", "data", "out", "root", "rootfs", "slipway.yaml", "temporary");
  }

  @Test
  void takesTheClosureThatItIsTold() throws Exception {
    String store = "local?root=" + folder.resolve("root");
    String hash = "sha256:" + "0".repeat(52);
    String array =
        "[{\"path\": \"%s\", \"references\": [\"%s\"], \"narHash\": \"%s\", \"narSize\": 1},"
                .formatted(OBJECT, NEEDED, hash)
            + "{\"path\": \"%s\", \"references\": []}]".formatted(NEEDED);
    String registration =
        "%s\n%s\n1\n\n1\n%s\n%s\n%s\n1\n\n0\n".formatted(OBJECT, hash, NEEDED, NEEDED, hash);
    String text = "%s\n\n1\n%s\n%s\n\n0\n".formatted(OBJECT, NEEDED, NEEDED);
    Path references = folder.resolve("references");
    for (String content : List.of(array, "{\"closure\": " + array + "}", registration, text)) {
      Files.writeString(references, content);
      Run told =
          run(
              "build",
              "told",
              "--json",
              "-o",
              folder.resolve("told.tar.gz").toString(),
              "--store",
              store,
              "--references",
              references.toString());
      assertThat(told.err()).isEmpty();
      assertThat(told.out()).contains("\"" + OBJECT + "\"", "\"" + NEEDED + "\"");
    }

    Files.writeString(references, NEEDED + "\n\n0\n");
    assertThat(run("stream", "told", "--store", store, "--references", references + "").err())
        .contains(OBJECT, "not valid");
    Files.writeString(references, "{\"other\": []}");
    assertThat(run("stream", "told", "--store", store, "--references", references + "").err())
        .contains(references + ":1:", "without 'closure'");
  }
}
