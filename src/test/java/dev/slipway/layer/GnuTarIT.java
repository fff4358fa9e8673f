package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.files.RawName;
import dev.slipway.oci.Digest;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The GNU dialect and folders, against GNU tar. */
class GnuTarIT {
  private static final RawName NONE = RawName.of("");

  @TempDir Path dir;
  private Peer peer;

  @BeforeEach
  void setUp() throws Exception {
    peer = new Peer(dir);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void foldersAreThoseOfGnuTar(long seed) throws Exception {
    Path folder = dir.resolve("folder");
    peer.python(new byte[0], "tree", folder.toString(), Long.toString(seed));
    byte[] expected = tar(folder, "--owner=0", "--group=0", "--mtime=@315532800", ".");

    Layer layer = Layers.measure(Layers.folder(folder, 315532800));

    assertThat(Layers.write(layer)).as("seed %d", seed).isEqualTo(expected);
    assertThat(layer.diffId().value()).isEqualTo(Digest.of(expected));
  }

  @Test
  void deviceNodesHaveTheirNumbers() throws Exception {
    byte[] expected =
        tar(Path.of("/dev"), "--owner=0", "--group=0", "--mtime=@1", "--mode=0644", "./null");
    TarHeader header =
        new TarHeader(
            TarHeader.Type.CHARACTER_DEVICE,
            RawName.of("./null"),
            0644,
            0,
            0,
            NONE,
            NONE,
            0,
            1,
            NONE,
            1,
            3);

    assertHeaderBegins(expected, header, TarDialect.GNU_NUMERIC);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, -1L << 40, 0, 8589934591L, 8589934592L, 1L << 50})
  void datesAreThoseOfGnuTar(long mtime) throws Exception {
    Files.createFile(dir.resolve("file"));
    byte[] expected =
        tar(dir, "--owner=0", "--group=0", "--mode=0644", "--mtime=@" + mtime, "file");

    assertHeaderBegins(
        expected, regular("file", 0, 0, NONE, NONE, 0, mtime), TarDialect.GNU_NUMERIC);
  }

  @ParameterizedTest
  @ValueSource(longs = {2097151, 2097152, 4294967294L})
  void idsAreThoseOfGnuTar(long id) throws Exception {
    Files.createFile(dir.resolve("file"));
    byte[] expected =
        tar(dir, "--owner=" + id, "--group=" + id, "--mode=0644", "--mtime=@1", "file");

    assertHeaderBegins(expected, regular("file", id, id, NONE, NONE, 0, 1), TarDialect.GNU_NUMERIC);
  }

  @Test
  void sizesFromEightGibibytesAreThoseOfGnuTar() throws Exception {
    for (long size : new long[] {(8L << 30) - 1, 8L << 30, 9_000_000_000_000L}) {
      try (RandomAccessFile sparse = new RandomAccessFile(dir.resolve("sparse").toFile(), "rw")) {
        sparse.setLength(size);
      }
      byte[] expected =
          peer.run(
              dir,
              new byte[0],
              List.of(
                  "sh",
                  "-c",
                  "tar --format=gnu --numeric-owner --owner=0 --group=0 --mode=0644 --mtime=@1"
                      + " -cf - sparse 2>/dev/null | head -c 512"));

      assertHeaderBegins(
          expected, regular("sparse", 0, 0, NONE, NONE, size, 1), TarDialect.GNU_NUMERIC);
    }
  }

  @Test
  void longNamesBelongToRootWhereOwnersHaveNames() throws Exception {
    String name = "n".repeat(120);
    Files.createSymbolicLink(dir.resolve(name), Path.of("t".repeat(130)));
    String user = "u".repeat(40);
    byte[] expected =
        peer.run(
            dir,
            new byte[0],
            List.of(
                "tar",
                "--format=gnu",
                "--owner=" + user + ":5",
                "--group=g:6",
                "--mtime=@1",
                "-cf",
                "-",
                name));
    TarHeader header =
        new TarHeader(
            TarHeader.Type.SYMLINK,
            RawName.of(name),
            0777,
            5,
            6,
            RawName.of(user),
            RawName.of("g"),
            0,
            1,
            RawName.of("t".repeat(130)),
            0,
            0);

    assertHeaderBegins(expected, header, TarDialect.GNU);
  }

  private byte[] tar(Path folder, String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "tar",
                "--format=gnu",
                "--sort=name",
                "--numeric-owner",
                "--hard-dereference",
                "-cf",
                "-"));
    command.addAll(List.of(arguments));
    return peer.run(folder, new byte[0], command);
  }

  private static TarHeader regular(
      String name, long uid, long gid, RawName user, RawName group, long size, long mtime) {
    return new TarHeader(
        TarHeader.Type.REGULAR,
        RawName.of(name),
        0644,
        uid,
        gid,
        user,
        group,
        size,
        mtime,
        NONE,
        0,
        0);
  }

  private static void assertHeaderBegins(byte[] tar, TarHeader header, TarDialect dialect) {
    ByteBuffer encoded = new HeaderEncoder(dialect).encode(header);
    byte[] actual = new byte[encoded.remaining()];
    encoded.get(actual);
    assertThat(actual).isEqualTo(Arrays.copyOf(tar, actual.length));
  }
}
