package dev.slipway.transport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.layer.RawTar;
import dev.slipway.peers.Programs;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares with Python's {@code tarfile}, byte for byte. */
class LayeredArchiveWriterIT {
  private static final byte[] BASE = ArchiveSketch.layer("base");
  private static final byte[] STORE = ArchiveSketch.layer("store");
  private static final byte[] TOP = ArchiveSketch.layer("top");
  private static final byte[] CONFIG = "{\"a\": \"config\"}".getBytes(UTF_8);
  private static final String REPO_TAG = "n\u00e4me:t\"ag";

  @TempDir Path folder;

  private void compare(byte[] base, long mtime) throws Exception {
    Path baseFile = Files.write(folder.resolve("base.tar"), base);
    List<Path> layers =
        List.of(
            Files.write(folder.resolve("store1"), STORE),
            Files.write(folder.resolve("store2"), STORE),
            Files.write(folder.resolve("top"), TOP));
    Path config = Files.write(folder.resolve("config"), CONFIG);
    Path expected = folder.resolve("expected.tar");
    List<String> command = new ArrayList<>();
    command.add("python3");
    command.add(Programs.script(getClass(), "layered.py", folder).toString());
    command.add(baseFile.toString());
    command.add(expected.toString());
    command.add(Long.toString(mtime));
    layers.forEach(layer -> command.add(layer.toString()));
    command.add(config.toString());
    command.add(REPO_TAG);
    Programs.run(command.toArray(String[]::new));

    Path actual = folder.resolve("actual.tar");
    try (DockerArchive archive = DockerArchive.open(baseFile, folder);
        FileChannel out =
            FileChannel.open(actual, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      LayeredArchiveWriter writer = new LayeredArchiveWriter(out, mtime);
      for (ArchivedLayer layer : archive.first().layers()) {
        assertThat(writer.baseLayer(layer)).isEqualTo(layer.memberName());
      }
      writer.storeLayer(BytesBlob.layer(STORE));
      writer.storeLayer(BytesBlob.layer(STORE));
      writer.customisationLayer(BytesBlob.layer(TOP));
      writer.finish(CONFIG, REPO_TAG);
    }
    assertThat(shown(actual)).isEqualTo(shown(expected));
  }

  /** The file in lines of 64 bytes, so that a difference can be read. */
  private static String shown(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    StringBuilder lines = new StringBuilder();
    HexFormat hex = HexFormat.of();
    for (int at = 0; at < bytes.length; at += 64) {
      int end = Math.min(bytes.length, at + 64);
      lines.append("%08x ".formatted(at)).append(hex.formatHex(bytes, at, end));
      for (int i = at; i < end; i++) {
        lines.append(bytes[i] >= ' ' && bytes[i] < 0x7f ? (char) bytes[i] : '.');
      }
      lines.append('\n');
    }
    return lines.toString();
  }

  private static Arguments header(String what, Consumer<RawTar> before, Consumer<RawTar> after) {
    return Arguments.of(what, before, after);
  }

  static List<Arguments> headers() {
    Consumer<RawTar> nothing = _ -> {};
    return List.of(
        header("plain", nothing, nothing),
        header(
            "owned",
            nothing,
            tar ->
                tar.text(100, 8, "0100755")
                    .text(108, 8, "0001750")
                    .text(116, 8, "0000144")
                    .text(136, 12, "02263523000")
                    .text(265, 32, "me")
                    .text(297, 32, "us")),
        header("gnu", nothing, tar -> tar.text(257, 8, "ustar  ").text(265, 32, "root")),
        header("devices", nothing, tar -> tar.text(329, 8, "0000001").text(337, 8, "0000002")),
        header(
            "binary numbers",
            nothing,
            tar ->
                tar.raw(108, HexFormat.of().parseHex("8000000000300000"))
                    .raw(116, HexFormat.of().parseHex("ffffffffffffffff"))
                    .raw(136, HexFormat.of().parseHex("ffffffffffffffffffffff85"))),
        header(
            "names that are not ASCII",
            nothing,
            tar ->
                tar.text(265, 32, new String("\u00e4".getBytes(UTF_8), ISO_8859_1))
                    .text(297, 32, "\u00ff")),
        header("long owner", tar -> tar.pax("uname", "u".repeat(33)), nothing),
        header("fraction", tar -> tar.pax("mtime", "1600000000.123456789"), nothing),
        header("whole in a record", tar -> tar.pax("mtime", "1600000000"), nothing),
        header("before 1970", tar -> tar.pax("mtime", "-1.5"), nothing),
        header("just before 1970", tar -> tar.pax("mtime", "-0.5"), nothing),
        header(
            "attributes",
            tar ->
                tar.pax(
                    "SCHILY.xattr.user.x", "\1\u00e9\n", "comment", "", "atime", "1", "uid", "7"),
            nothing),
        header(
            "global",
            tar ->
                tar.extension('g', RawTar.record("gid", "5") + RawTar.record("comment", "\u00e9"))
                    .pax("comment", "b", "uname", "x"),
            nothing),
        header("character set", tar -> tar.pax("hdrcharset", "BINARY", "comment", "c"), nothing));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("headers")
  void keepsBaseMembersAsPythonDoes(String what, Consumer<RawTar> before, Consumer<RawTar> after)
      throws Exception {
    RawTar tar = new RawTar();
    before.accept(tar);
    tar.file("base/layer.tar", BASE);
    after.accept(tar);
    compare(new ArchiveSketch(tar).listed("base/layer.tar", BASE).end(), 315532800);
  }

  @Test
  void keepsLongNames() throws Exception {
    ArchiveSketch sketch = new ArchiveSketch().layer("l/".repeat(80) + "layer.tar", BASE);
    String name = "\u00e9/".repeat(80) + "x.tar";
    sketch.listed(name, STORE).tar().pax("path", name).file("cut", STORE);
    compare(sketch.end(), 1);
  }

  @Test
  void keepsLinksToWhatIsThere() throws Exception {
    ArchiveSketch sketch = new ArchiveSketch().layer("a/layer.tar", BASE);
    sketch.listed("b/layer.tar", BASE).tar().link('2', "b/layer.tar", "../a/layer.tar");
    sketch.listed("c/layer.tar", BASE).tar().link('1', "c/layer.tar", "a/layer.tar");
    compare(sketch.end(), 1);
  }

  @Test
  void writesAnyTime() throws Exception {
    compare(new ArchiveSketch().layer("l", BASE).end(), -5);
  }

  @Test
  void writesTimesBeyondTheField() throws Exception {
    compare(new ArchiveSketch().layer("l", BASE).end(), 1L << 33);
  }
}
