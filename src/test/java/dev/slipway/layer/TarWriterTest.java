package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.files.RawName;
import dev.slipway.oci.Digest;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TarWriterTest {
  private static final RawName NONE = RawName.of("");

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @Test
  void fieldsLieWhereUstarHasThem() throws Exception {
    TarWriter writer = writer(TarDialect.PAX);
    writer.header(file("dir/file", 5));
    writer.write(ByteBuffer.wrap("12345".getBytes(StandardCharsets.US_ASCII)));
    writer.finish();

    byte[] tar = out.toByteArray();
    assertThat(tar).hasSize(10240);
    assertThat(text(tar, 0, 100)).isEqualTo("dir/file");
    assertThat(text(tar, 100, 8)).isEqualTo("0000644");
    assertThat(text(tar, 108, 8)).isEqualTo("0001750");
    assertThat(text(tar, 116, 8)).isEqualTo("0000144");
    assertThat(text(tar, 124, 12)).isEqualTo("00000000005");
    assertThat(text(tar, 136, 12)).isEqualTo("00000000001");
    assertThat(text(tar, 156, 1)).isEqualTo("0");
    assertThat(Arrays.copyOfRange(tar, 257, 265))
        .isEqualTo("ustar\00000".getBytes(StandardCharsets.US_ASCII));
    assertThat(text(tar, 265, 32)).isEqualTo("user");
    assertThat(text(tar, 297, 32)).isEqualTo("users");
    assertThat(Arrays.copyOfRange(tar, 329, 512)).containsOnly(0);
    assertThat(text(tar, 512, 512)).isEqualTo("12345");
    assertThat(Arrays.copyOfRange(tar, 1024, 10240)).containsOnly(0);
    assertThat(writer.position()).isEqualTo(10240);
  }

  @Test
  void theEndFillsWholeRecords() {
    assertThat(TarWriter.end(0)).isEqualTo(10240);
    assertThat(TarWriter.end(10240 - 1024)).isEqualTo(1024);
    assertThat(TarWriter.end(10240 - 512)).isEqualTo(512 + 10240);
    assertThat(TarWriter.end(10240)).isEqualTo(10240);
  }

  @Test
  void largeContentGoesThroughWhole() throws Exception {
    byte[] content = new byte[700_000];
    Arrays.fill(content, (byte) 'x');
    TarWriter writer = writer(TarDialect.GNU);
    writer.header(file("f", content.length));
    writer.write(ByteBuffer.wrap(content, 0, 10));
    writer.write(ByteBuffer.wrap(content, 10, content.length - 10));
    writer.header(file("g", 0));
    writer.finish();

    byte[] tar = out.toByteArray();
    assertThat(Digest.of(Arrays.copyOfRange(tar, 512, 512 + content.length)))
        .isEqualTo(Digest.of(content));
    assertThat(text(tar, 512 + 700_416, 100)).isEqualTo("g");
  }

  @Test
  void contentIsExactlyAsLongAsAnnounced() throws Exception {
    TarWriter writer = writer(TarDialect.PAX);
    writer.header(file("f", 2));

    assertThatThrownBy(() -> writer.write(ByteBuffer.allocate(3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("3 bytes are more than the 2 that are left");
    writer.write(ByteBuffer.allocate(1));
    assertThatThrownBy(() -> writer.header(file("g", 0)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the member lacks 1 bytes of content");
    assertThatThrownBy(writer::finish).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void deviceNumbersAreSplitAsLinuxPacksThem() {
    // makedev(0xfffff123, 0xabcde456) of glibc.
    long rdev = 0xfffff000L << 32 | 0xabcde400L << 12 | 0x123L << 8 | 0x56;

    assertThat(Devices.major(rdev)).isEqualTo(0xfffff123L);
    assertThat(Devices.minor(rdev)).isEqualTo(0xabcde456L);
    assertThat(Devices.major(0x103)).isEqualTo(1);
    assertThat(Devices.minor(0x103)).isEqualTo(3);
  }

  private TarWriter writer(TarDialect dialect) {
    return new TarWriter(Channels.newChannel(out), dialect);
  }

  private static TarHeader file(String name, long size) {
    return new TarHeader(
        TarHeader.Type.REGULAR,
        RawName.of(name),
        0644,
        1000,
        100,
        RawName.of("user"),
        RawName.of("users"),
        size,
        1,
        NONE,
        0,
        0);
  }

  private static String text(byte[] tar, int at, int width) {
    String field = new String(tar, at, width, StandardCharsets.US_ASCII);
    int end = field.indexOf('\0');
    return end < 0 ? field : field.substring(0, end);
  }
}
