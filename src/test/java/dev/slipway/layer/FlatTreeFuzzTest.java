package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.slipway.oci.ImageException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

class FlatTreeFuzzTest {
  private static final int BLOCK = 512;

  static Stream<byte[]> seeds() {
    List<byte[]> layers = RandomLayers.of(7);
    RawTar two = new RawTar().bytes(new byte[] {4}).bytes(new byte[BLOCK - 1]);
    byte[] lower = new RawTar().file("d/f", "1").link('2', "l", "d").link('1', "h", "d/f").cut();
    byte[] upper =
        new RawTar().file("d/.wh.f", "").file("l/.wh..wh..opq", "").file("l/x", "").end();
    return Stream.of(
        two.bytes(lower).bytes(upper).end(),
        new RawTar().bytes(new byte[BLOCK]).bytes(layers.getFirst()).end(),
        new RawTar().bytes(new byte[BLOCK]).bytes(layers.getLast()).end());
  }

  /** The first block says how many blocks the lower layer has. */
  @MethodSource("seeds")
  @FuzzTest
  void flattensOrRefuses(byte[] input) throws IOException {
    if (input.length < BLOCK) {
      return;
    }
    RawTar.fixChecksums(input);
    int middle = Math.min(input.length, (1 + (input[0] & 0xff)) * BLOCK);
    byte[] flat;
    try {
      flat =
          Flattened.tarUpTo(
              1 << 20,
              Arrays.copyOfRange(input, BLOCK, middle),
              Arrays.copyOfRange(input, middle, input.length));
    } catch (ImageException e) {
      assertThat(e.getMessage()).doesNotContain("\n");
      return;
    }
    check(flat);
  }

  /** Names are there once, behind their directory, and lead nowhere else. */
  private static void check(byte[] flat) throws IOException {
    TarReader reader = new TarReader(new ByteArrayInputStream(flat), "flat.tar");
    Set<String> directories = new HashSet<>();
    Set<String> all = new HashSet<>();
    for (TarMember member = reader.next(); member != null; member = reader.next()) {
      TarHeader header = member.header();
      String name = new String(header.name().toBytes(), StandardCharsets.ISO_8859_1);
      boolean directory = header.type() == TarHeader.Type.DIRECTORY;
      String plain = directory ? name.substring(0, name.length() - 1) : name;
      assertThat(all.add(plain)).as(name).isTrue();
      assertThat(plain).doesNotContain("//").doesNotContain("/./").doesNotContain("/../");
      assertThat(plain.endsWith("/..")).isFalse();
      if (!plain.equals(".")) {
        assertThat(directories).contains(plain.substring(0, plain.lastIndexOf('/')));
      }
      if (directory) {
        directories.add(plain);
      }
      assertThat(header.type()).isNotEqualTo(TarHeader.Type.HARDLINK);
    }
    assertThat(all).contains(".");
  }
}
