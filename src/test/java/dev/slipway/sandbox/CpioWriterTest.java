package dev.slipway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpioWriterTest {
  @TempDir Path folder;

  @Test
  void writesEachMemberAfterTheDirectoriesItLiesInAndOnce() throws IOException {
    Path source = Files.writeString(folder.resolve("source"), "abc");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (CpioWriter writer = new CpioWriter(bytes)) {
      writer.file("usr/bin/one", 0755, source);
      writer.file("usr/two", 0644, "12345".getBytes(StandardCharsets.US_ASCII));
      writer.file("usr/two", 0644, new byte[0]);
      writer.symlink("bin", "usr/bin");
      writer.directory("usr");
    }

    assertThat(members(bytes.toByteArray()))
        .containsExactly(
            "0 40755 usr ",
            "1 40755 usr/bin ",
            "2 100755 usr/bin/one abc",
            "3 100644 usr/two 12345",
            "4 120777 bin usr/bin",
            "0 0 TRAILER!!! ");
  }

  @Test
  void refusesNamesThatLeadElsewhere() throws IOException {
    try (CpioWriter writer = new CpioWriter(new ByteArrayOutputStream())) {
      assertThatThrownBy(() -> writer.directory("/usr"))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  /** Number, mode, name and content, read by the format's rules: hexadecimal, padded to four. */
  private static List<String> members(byte[] archive) {
    List<String> members = new ArrayList<>();
    int at = 0;
    while (at < archive.length) {
      String header = new String(archive, at, 110, StandardCharsets.US_ASCII);
      assertThat(header).startsWith("070701");
      int nameLength = field(header, 11);
      int contentAt = at + padded(110 + nameLength);
      int size = field(header, 6);
      members.add(
          field(header, 0)
              + " "
              + Integer.toOctalString(field(header, 1))
              + " "
              + new String(archive, at + 110, nameLength - 1, StandardCharsets.US_ASCII)
              + " "
              + new String(archive, contentAt, size, StandardCharsets.US_ASCII));
      at = contentAt + padded(size);
    }
    return members;
  }

  private static int field(String header, int number) {
    return Integer.parseInt(header.substring(6 + 8 * number, 14 + 8 * number), 16);
  }

  private static int padded(int length) {
    return (length + 3) / 4 * 4;
  }
}
