package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.oci.ImageException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class OverlayLayerTest {
  private static final String OPAQUE = "trusted.overlay.opaque";

  private static List<String> rewritten(byte[] layer) throws IOException {
    return rewritten(layer, Optional.empty());
  }

  /** Type, name, what it is, and the ends of its attributes' names, of each entry. */
  private static List<String> rewritten(byte[] layer, Optional<String> mark) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    OverlayLayer.rewrite(
        new ByteArrayInputStream(layer), "layer", OPAQUE, mark, Channels.newChannel(out));
    List<String> lines = new ArrayList<>();
    TarReader reader = new TarReader(new ByteArrayInputStream(out.toByteArray()), "out");
    for (TarMember member = reader.next(); member != null; member = reader.next()) {
      TarHeader header = member.header();
      String rest =
          switch (header.type()) {
            case REGULAR ->
                " " + new String(reader.content().readAllBytes(), StandardCharsets.UTF_8);
            case CHARACTER_DEVICE, BLOCK_DEVICE ->
                " " + header.deviceMajor() + "," + header.deviceMinor();
            default -> "";
          };
      String line = header.type().flag() + " " + header.name() + rest.stripTrailing();
      for (String name : new TreeSet<>(member.xattrs().keySet())) {
        line += " " + name.substring(name.lastIndexOf('.') + 1);
      }
      lines.add(line);
    }
    return lines;
  }

  private static RawTar tar() {
    return new RawTar();
  }

  @Test
  void marksAreSaidToHaveComeFromElsewhere() throws Exception {
    assertThat(
            rewritten(
                tar()
                    .member('5', "a/")
                    .file("a/.wh.x", "")
                    .file("b/c/.wh.y", "")
                    .file(".wh.z", "")
                    .file("a/.wh..wh..opq", "")
                    .end()))
        .containsExactly(
            "5 ./a/",
            "3 ./a/x 0,0",
            "3 ./b/c/y 0,0",
            "3 ./z 0,0",
            "5 ./a/ opaque origin",
            "5 ./b/c/ origin");
  }

  @Test
  void nothingIsMarkedBelowAMark() throws Exception {
    assertThat(
            rewritten(
                tar()
                    .file("a/b/.wh.c", "")
                    .file("a/.wh.b", "")
                    .file("a/b/d/.wh..wh..opq", "")
                    .file("a/b/.wh..wh..opq", "")
                    .end()))
        .containsExactly("3 ./a/b 0,0", "5 ./a/ origin");
  }

  @Test
  void aDirectoryInThePlaceOfAFileHidesWhatTheFileHid() throws Exception {
    assertThat(
            rewritten(
                tar().file("a", "").member('5', "a/").link('2', "b", "a").member('5', "b").end()))
        .containsExactly(
            "0 ./a", "5 ./a/", "2 ./b", "5 ./b/", "5 ./a/ opaque origin", "5 ./b/ opaque origin");
  }

  @Test
  void aFileInThePlaceOfADirectoryIsRefusedIfThatIsNotEmpty() throws Exception {
    assertThat(rewritten(tar().member('5', "a/").file("a", "x").end()))
        .containsExactly("5 ./a/", "0 ./a x");
    assertThatThrownBy(() -> rewritten(tar().file("a/b", "").file("a", "").end()))
        .isInstanceOf(ImageException.class)
        .hasMessage(
            "layer: entry a takes the place of a directory that the layer has files in, which"
                + " scripts cannot be run above");
  }

  @Test
  void filesStandForDevicesWhereNobodyCanMakeAny() throws Exception {
    byte[] layer =
        tar()
            .member('3', "null")
            .text(329, 8, "0000001")
            .text(337, 8, "0000003")
            .member('4', "disk")
            .text(329, 8, "0000010")
            .text(337, 8, "0000001")
            .member('3', "d/gone")
            .text(329, 8, "0000000")
            .text(337, 8, "0000000")
            .end();
    assertThat(rewritten(layer, Optional.of("device ")))
        .containsExactly(
            "0 ./null device c 1 3", "0 ./disk device b 8 1", "3 ./d/gone 0,0", "5 ./d/ origin");
    assertThat(rewritten(layer)).startsWith("3 ./null 1,3", "4 ./disk 8,1");
  }
}
