package dev.slipway.layer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.oci.Digest;
import dev.slipway.peers.Programs;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads what GNU tar and Python write, and compares with what Python reads. */
class TarReaderIT {
  @TempDir Path folder;

  /** A line for each member, as the script has it. */
  private static String list(Path archive) throws IOException {
    StringBuilder lines = new StringBuilder();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(archive))) {
      TarReader reader = new TarReader(in, archive.toString());
      for (TarMember member = reader.next(); member != null; member = reader.next()) {
        TarHeader header = member.header();
        byte[] content = reader.content().readAllBytes();
        assertThat(content.length).isEqualTo((int) header.size());
        lines.append(
            "%s %s %o %d %d %s %s %d %d %s %d %d %s%n"
                .formatted(
                    header.type().flag(),
                    hex(withoutSlash(header.name().toBytes())),
                    header.mode(),
                    header.uid(),
                    header.gid(),
                    hex(header.userName().toBytes()),
                    hex(header.groupName().toBytes()),
                    header.size(),
                    header.mtime(),
                    hex(header.linkName().toBytes()),
                    header.deviceMajor(),
                    header.deviceMinor(),
                    Digest.of(content).hex()));
      }
    }
    return lines.toString();
  }

  private static byte[] withoutSlash(byte[] name) {
    int length = name.length;
    while (length > 0 && name[length - 1] == '/') {
      length--;
    }
    return Arrays.copyOf(name, length);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes) + ".";
  }

  private void compare(Path archive) throws Exception {
    Path script = folder.resolve("tarlist.py");
    if (!Files.exists(script)) {
      Programs.script(getClass(), "tarlist.py", folder);
    }
    String expected = Programs.run("python3", script.toString(), archive.toString());
    assertThat(expected.lines().count()).isPositive();
    assertThat(list(archive)).isEqualTo(expected);
  }

  private Path tree(long seed, boolean plainNames, boolean special) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    Path root = Files.createDirectory(folder.resolve("tree"));
    Path at = root;
    for (int i = 0; i < 60; i++) {
      String name = name(random, i, plainNames);
      switch (random.nextInt(5)) {
        case 0 -> at = Files.createDirectory(at.resolve(name));
        case 1 -> Files.createSymbolicLink(at.resolve(name), Path.of(name(random, i, plainNames)));
        case 2 -> {
          Path file = Files.writeString(at.resolve(name), "linked", UTF_8);
          Files.createLink(at.resolve(name + "h"), file);
        }
        default -> {
          byte[] content = new byte[random.nextInt(3000)];
          random.nextBytes(content);
          Files.write(at.resolve(name), content);
        }
      }
      if (random.nextInt(5) == 0) {
        at = root;
      }
    }
    if (special) {
      Programs.run("mkfifo", root.resolve("fifo").toString());
      Programs.run("mknod", root.resolve("device").toString(), "c", "1", "3");
    }
    Programs.run("chown", "--no-dereference", "-R", "1234:5678", root.toString());
    return root;
  }

  private static String name(SplittableRandom random, int number, boolean plain) {
    String letters = plain ? "abcdefgh" : "ab \u00e9\u20ac\\\"'\n\u0001";
    StringBuilder name = new StringBuilder().append(number);
    for (int i = random.nextInt(plain ? 5 : 120); i > 0; i--) {
      name.append(letters.charAt(random.nextInt(letters.length())));
    }
    return name.toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"v7", "oldgnu", "gnu", "ustar", "posix"})
  void readsGnuTarsFormats(String format) throws Exception {
    boolean limited = format.equals("v7") || format.equals("ustar");
    long seed = 4711;
    Path root = tree(seed, limited, !format.equals("v7"));
    Path archive = folder.resolve("a.tar");
    Programs.run(root, "tar", "--create", "--format=" + format, "--file", archive.toString(), ".");
    compare(archive);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--format=oldgnu",
        "--format=gnu",
        "--format=posix --sparse-version=0.0",
        "--format=posix --sparse-version=0.1",
        "--format=posix --sparse-version=1.0"
      })
  void readsSparseFiles(String options) throws Exception {
    Path root = Files.createDirectory(folder.resolve("tree"));
    for (int pieces : new int[] {0, 1, 3, 4, 5, 60}) {
      try (RandomAccessFile file =
          new RandomAccessFile(root.resolve("pieces" + pieces).toFile(), "rw")) {
        for (int i = 0; i < pieces; i++) {
          file.seek(i * 100_000L);
          file.write(new byte[] {1, 2, 3});
        }
        file.setLength(pieces * 100_000L + 50_000);
      }
    }
    Files.writeString(root.resolve("plain"), "plain", UTF_8);
    Path archive = folder.resolve("a.tar");
    Programs.run(
        root, "sh", "-c", "tar --create --sparse " + options + " --file " + archive + " .");
    assertThat(Files.size(archive)).isLessThan(2_000_000);
    compare(archive);
  }

  @Test
  void readsPythonsFormats() throws Exception {
    Path script = Programs.script(getClass(), "tarwrite.py", folder);
    for (String format : new String[] {"USTAR", "GNU", "PAX"}) {
      for (int seed = 0; seed < 5; seed++) {
        Path archive = folder.resolve(format + seed + ".tar");
        Programs.run(
            "python3", script.toString(), archive.toString(), format, Integer.toString(seed));
        compare(archive);
      }
    }
  }
}
