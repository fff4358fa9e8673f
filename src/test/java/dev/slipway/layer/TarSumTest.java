package dev.slipway.layer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.oci.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TarSumTest {
  private static String sum(byte[] tar) throws IOException {
    return TarSum.of(new ByteArrayInputStream(tar), "a.tar");
  }

  /** The checksum of members whose parts, header and content, are these texts. */
  private static String of(String... members) {
    return ofSorted(Arrays.stream(members).map(TarSumTest::hex).sorted().toList());
  }

  private static String ofSorted(List<String> sums) {
    return "tarsum.v1+sha256:" + hex(String.join("", sums));
  }

  private static String hex(String text) {
    return Digest.of(text.getBytes(UTF_8)).hex();
  }

  private static String header(String name, long mode, long size, String type, String link) {
    return "name%smode%duid0gid0size%dtypeflag%slinkname%sunamegnamedevmajor0devminor0"
        .formatted(name, mode, size, type, link);
  }

  private static String file(String name, String content) {
    return header(name, 420, content.length(), "0", "") + content;
  }

  @Test
  void anEmptyTarHasTheSumOfNothing() throws IOException {
    assertThat(sum(new RawTar().end())).isEqualTo(of());
  }

  @Test
  void ownersNamesAndTimesDoNotCount() throws IOException {
    byte[] tar =
        new RawTar()
            .file("f", "text")
            .text(136, 12, "00000000007")
            .text(265, 32, "user")
            .text(297, 32, "group")
            .pax("mtime", "12.5", "uname", "u", "gname", "g", "comment", "c")
            .file("g", "")
            .end();

    assertThat(sum(tar)).isEqualTo(of(file("f", "text"), file("g", "")));
  }

  @Test
  void everyFieldCountsAsItIsStored() throws IOException {
    byte[] tar =
        new RawTar()
            .file("./d//f", "abc")
            .text(100, 8, "0104755")
            .text(108, 8, "0000011")
            .raw(116, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff)
            .raw(120, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xfe)
            .text(157, 100, "stray")
            .text(329, 8, "0000003")
            .text(337, 8, "0000005")
            .end();

    assertThat(sum(tar))
        .isEqualTo(
            of(
                "name./d//fmode"
                    + 0104755
                    + "uid9gid-2size3typeflag0linknamestrayunamegname"
                    + "devmajor3devminor5abc"));
  }

  @Test
  void aSizeWithoutContentIsAFieldAsAnyOther() throws IOException {
    byte[] tar =
        new RawTar()
            .file("f", "abc")
            .link('1', "h", "f")
            .text(124, 12, "00000000003")
            .member('5', "d/")
            .text(124, 12, "00000001000")
            .link('2', "s", "to")
            .end();

    assertThat(sum(tar))
        .isEqualTo(
            of(
                file("f", "abc"),
                header("h", 420, 3, "1", "f"),
                header("d/", 420, 512, "5", ""),
                header("s", 420, 0, "2", "to")));
  }

  @Test
  void oldAndForeignTypesAreFiles() throws IOException {
    byte[] tar =
        new RawTar()
            .member('\0', "old")
            .content("1".getBytes(UTF_8))
            .member('\0', "olddir/")
            .member('7', "contiguous")
            .content("22".getBytes(UTF_8))
            .member('V', "volume")
            .member('Q', "vendor")
            .content("333".getBytes(UTF_8))
            .end();

    assertThat(sum(tar))
        .isEqualTo(
            of(
                file("old", "1"),
                header("olddir/", 420, 0, "5", ""),
                header("contiguous", 420, 2, "7", "") + "22",
                header("volume", 420, 0, "V", ""),
                header("vendor", 420, 3, "Q", "") + "333"));
  }

  @Test
  void aGlobalHeaderIsAMemberWhoseRecordsHoldForNoOther() throws IOException {
    byte[] tar =
        new RawTar()
            .extension(
                'g',
                RawTar.record("comment", "c")
                    + RawTar.record("uid", "7")
                    + RawTar.record("SCHILY.xattr.user.x", "v"))
            .file("f", "x")
            .end();

    assertThat(sum(tar))
        .isEqualTo(of(header("././@Extension", 0, 0, "g", "") + "user.xv", file("f", "x")));
  }

  @Test
  void recordsAndLongNamesTakeTheFieldsPlaces() throws IOException {
    byte[] tar =
        new RawTar()
            .pax("path", "p\u00e4th", "uid", "3000000", "linkpath", "t\u00e4rget")
            .link('2', "short", "target")
            .extension('L', "n".repeat(150) + "\0")
            .extension('K', "l".repeat(150) + "\0")
            .link('2', "n".repeat(100), "l".repeat(100))
            .end();

    assertThat(sum(tar))
        .isEqualTo(
            of(
                header("p\u00e4th", 420, 0, "2", "t\u00e4rget").replace("uid0", "uid3000000"),
                header("n".repeat(150), 420, 0, "2", "l".repeat(150))));
  }

  @Test
  void attributesFollowInTheOrderOfTheirNames() throws IOException {
    byte[] tar =
        new RawTar()
            .pax(
                "SCHILY.xattr.user.b",
                "2",
                "SCHILY.xattr.security.capability",
                "caps",
                "SCHILY.xattr.user.a",
                "1",
                "SCHILY.acl.access",
                "no")
            .file("f", "x")
            .end();

    assertThat(sum(tar))
        .isEqualTo(of(header("f", 420, 1, "0", "") + "security.capabilitycapsuser.a1user.b2x"));
  }

  @Test
  void aSparseFileHasItsHoles() throws IOException {
    byte[] tar =
        new RawTar()
            .member('S', "old")
            .text(257, 8, "ustar  ")
            .text(386, 24, "00000000004\00000000000003")
            .text(483, 12, "00000000011")
            .content("abc".getBytes(UTF_8))
            .pax(
                "GNU.sparse.major",
                "1",
                "GNU.sparse.minor",
                "0",
                "GNU.sparse.realsize",
                "9",
                "GNU.sparse.name",
                "new")
            .file("GNUSparseFile.0/new", "1\n4\n3\n" + "\0".repeat(506) + "abc")
            .end();

    assertThat(sum(tar))
        .isEqualTo(
            of(
                header("old", 420, 9, "S", "") + "\0\0\0\0abc\0\0",
                header("new", 420, 9, "0", "") + "\0\0\0\0abc\0\0"));
  }

  @Test
  void membersOfOnePathKeepTheirOrder() throws IOException {
    List<String> sums = new ArrayList<>();
    RawTar tar = new RawTar();
    List<String> names = List.of("x", "./x", "/x/", "a/../x", "a/.././/x");
    for (String name : names) {
      tar.file(name, "same");
      sums.add(hex(file(name, "same")));
    }

    assertThat(sums).isNotEqualTo(sums.stream().sorted().toList());
    assertThat(sum(tar.end())).isEqualTo(ofSorted(sums));
  }

  @ParameterizedTest
  @ValueSource(ints = {12, 13, 200, 1000})
  void theOrderOfMembersDoesNotMatter(int count) throws IOException {
    List<String> members = new ArrayList<>();
    RawTar tar = new RawTar();
    for (int i = 0; i < count; i++) {
      tar.file("file-" + i, "content " + i);
      members.add(file("file-" + i, "content " + i));
    }

    assertThat(sum(tar.end())).isEqualTo(of(members.toArray(String[]::new)));
  }

  @Test
  void membersOfOnePathKeepTheirOrderAmongMany() throws IOException {
    List<String> twins = List.of(hex(file("t", "1")), hex(file("t", "2")), hex(file("t", "3")));
    List<String> sums = new ArrayList<>(twins);
    RawTar tar = new RawTar().file("t", "1").file("t", "2").file("t", "3");
    for (int i = 0; i < 50; i++) {
      tar.file("file-" + i, "content " + i);
      sums.add(hex(file("file-" + i, "content " + i)));
    }
    sums.sort(null);
    List<String> sortedTwins = twins.stream().sorted().toList();
    List<String> expected =
        sums.stream()
            .map(sum -> sortedTwins.contains(sum) ? twins.get(sortedTwins.indexOf(sum)) : sum)
            .toList();

    assertThat(expected).isNotEqualTo(sums);
    assertThat(sum(tar.end())).isEqualTo(ofSorted(expected));
  }

  @Test
  void aTarThatIsWrittenHasTheSameSum() throws IOException {
    long seed = 20241;
    SplittableRandom random = new SplittableRandom(seed);
    RawTar raw = new RawTar();
    for (int i = 0; i < 40; i++) {
      byte[] content = new byte[random.nextInt(200_000)];
      random.nextBytes(content);
      raw.file("file-" + i, content);
    }
    byte[] tar = raw.end();
    TarSumChannel channel = new TarSumChannel("a.tar");

    for (int at = 0; at < tar.length; ) {
      int step = Math.min(tar.length - at, random.nextInt(1, 600_000));
      assertThat(channel.write(ByteBuffer.wrap(tar, at, step))).isEqualTo(step);
      at += step;
    }

    assertThat(channel.sum()).as("seed %d", seed).isEqualTo(sum(tar));
    assertThat(channel.isOpen()).isFalse();
    assertThat(channel.sum()).isEqualTo(sum(tar));
  }

  @Test
  void whatIsNoTarIsRefusedWhileItIsWritten() {
    TarSumChannel channel = new TarSumChannel("a.tar");
    byte[] noTar = new byte[64 << 10];
    Arrays.fill(noTar, (byte) 'x');

    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 1000; i++) {
                channel.write(ByteBuffer.wrap(noTar));
              }
            })
        .isInstanceOf(TarFormatException.class)
        .hasMessageContaining("a.tar: offset 0");
    assertThatThrownBy(channel::sum).isInstanceOf(TarFormatException.class);
  }

  @Test
  void aTarThatIsCutShortIsRefused() {
    byte[] tar = new RawTar().file("f", "content").cut();

    assertThatThrownBy(() -> sum(Arrays.copyOf(tar, 515)))
        .isInstanceOf(TarFormatException.class)
        .hasMessageContaining("truncated");
  }
}
