package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.files.RawName;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TarReaderTest {
  private record Read(TarMember member, String text) {
    TarHeader header() {
      return member.header();
    }
  }

  private static List<Read> readAll(byte[] archive) throws IOException {
    TarReader reader = new TarReader(new ByteArrayInputStream(archive), "a.tar");
    List<Read> all = new ArrayList<>();
    for (TarMember member = reader.next(); member != null; member = reader.next()) {
      all.add(
          new Read(member, new String(reader.content().readAllBytes(), StandardCharsets.UTF_8)));
    }
    assertThat(reader.next()).isNull();
    return all;
  }

  private static Read readOne(byte[] archive) throws IOException {
    List<Read> all = readAll(archive);
    assertThat(all).hasSize(1);
    return all.getFirst();
  }

  private static void refused(byte[] archive, String message) {
    assertThatThrownBy(() -> readAll(archive))
        .isInstanceOf(TarFormatException.class)
        .hasMessage(message);
  }

  private static RawTar file() {
    return new RawTar().file("f", "hello");
  }

  @Test
  void readsUstar() throws IOException {
    Read read =
        readOne(
            new RawTar()
                .member('3', "null")
                .text(100, 8, "0104755")
                .text(108, 8, " 01750 ")
                .text(116, 8, "000144 \0")
                .text(136, 12, "02263523000")
                .text(265, 32, "me")
                .text(297, 32, "us")
                .text(329, 8, "0000001")
                .text(337, 8, "0000003")
                .text(345, 155, "dev/some")
                .end());
    assertThat(read.header())
        .isEqualTo(
            new TarHeader(
                TarHeader.Type.CHARACTER_DEVICE,
                RawName.of("dev/some/null"),
                04755,
                1000,
                100,
                RawName.of("me"),
                RawName.of("us"),
                0,
                315532800,
                RawName.of(""),
                1,
                3));
    assertThat(read.member().paxRecords()).isEmpty();
  }

  @Test
  void tellsWhereMembersLie() throws IOException {
    List<Read> all = readAll(new RawTar().file("a", "1").pax("comment", "x").file("b", "").end());
    assertThat(all).extracting(read -> read.member().offset()).containsExactly(0L, 1024L);
    assertThat(all).extracting(read -> read.member().contentOffset()).containsExactly(512L, 2560L);
  }

  @Test
  void readsTheDialectsBeforeUstar() throws IOException {
    Consumer<RawTar> old = tar -> tar.raw(257, new byte[243]);
    RawTar tar = new RawTar().member('\0', "d/");
    old.accept(tar);
    tar.member('\0', "d/f").content(new byte[] {'x'});
    old.accept(tar);
    tar.link('1', "h", "d/f").text(124, 12, "1").text(265, 32, "none");
    old.accept(tar);
    List<Read> all = readAll(tar.end());
    assertThat(all)
        .extracting(read -> read.header().type())
        .containsExactly(TarHeader.Type.DIRECTORY, TarHeader.Type.REGULAR, TarHeader.Type.HARDLINK);
    assertThat(all.get(1).text()).isEqualTo("x");
    assertThat(all.get(2).header().linkName()).isEqualTo(RawName.of("d/f"));
    assertThat(all.get(2).header().size()).isZero();
  }

  @Test
  void gnuHasNoPrefix() throws IOException {
    byte[] archive = file().text(257, 8, "ustar  ").text(345, 155, "01234567").end();
    assertThat(readOne(archive).header().name()).isEqualTo(RawName.of("f"));
  }

  @Test
  void starHasAShortPrefix() throws IOException {
    byte[] archive =
        file()
            .text(345, 131, "d")
            .text(476, 12, "00000000001")
            .raw(508, (byte) 't', (byte) 'a', (byte) 'r', (byte) 0)
            .end();
    assertThat(readOne(archive).header().name()).isEqualTo(RawName.of("d/f"));
  }

  @Test
  void readsGnuLongNames() throws IOException {
    String name = "n/".repeat(150) + "é";
    Read read =
        readOne(
            new RawTar()
                .extension('K', "t".repeat(200) + "\0")
                .extension('L', name + "\0")
                .link('2', "n", "t")
                .end());
    assertThat(read.header().name()).isEqualTo(RawName.of(name));
    assertThat(read.header().linkName()).isEqualTo(RawName.of("t".repeat(200)));
    assertThat(read.member().offset()).isZero();
  }

  @Test
  void readsPaxRecords() throws IOException {
    Read read =
        readOne(
            new RawTar()
                .extension('g', RawTar.record("uid", "5") + RawTar.record("comment", "all"))
                .pax("path", "p/é", "size", "3", "mtime", "-1.5", "uname", "", "gid", "3000000")
                .file("f", "abc")
                .text(124, 12, "0")
                .text(265, 32, "me")
                .end());
    assertThat(read.header())
        .isEqualTo(
            new TarHeader(
                TarHeader.Type.REGULAR,
                RawName.of("p/é"),
                0644,
                5,
                3000000,
                RawName.of(""),
                RawName.of(""),
                3,
                -2,
                RawName.of(""),
                0,
                0));
    assertThat(read.text()).isEqualTo("abc");
    assertThat(read.member().paxRecords().keySet())
        .containsExactly("uid", "comment", "path", "size", "mtime", "uname", "gid");
  }

  @Test
  void globalRecordsHoldUntilTheyAreReplaced() throws IOException {
    List<Read> all =
        readAll(
            new RawTar()
                .extension('g', RawTar.record("gid", "5"))
                .file("a", "")
                .pax("gid", "6")
                .file("b", "")
                .file("c", "")
                .extension('g', RawTar.record("gid", "7"))
                .file("d", "")
                .end());
    assertThat(all).extracting(read -> read.header().gid()).containsExactly(5L, 6L, 5L, 7L);
  }

  @Test
  void givesExtendedAttributes() throws IOException {
    Read read =
        readOne(
            new RawTar()
                .pax("SCHILY.xattr.user.a", "1\0=2\n", "SCHILY.xattr.user.empty", "", "atime", "1")
                .file("f", "")
                .end());
    assertThat(read.member().xattrs().keySet()).containsExactly("user.a", "user.empty");
    assertThat(read.member().xattrs().get("user.a"))
        .isEqualTo("1\0=2\n".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void namesNeedNotBeText() throws IOException {
    byte[] name = {(byte) 0xff, 'a', (byte) 0x80};
    byte[] archive = file().raw(0, name).end();
    assertThat(readOne(archive).header().name()).isEqualTo(RawName.ofBytes(name));
  }

  @Test
  void acceptsSignedChecksums() throws IOException {
    RawTar tar = file().raw(0, (byte) 0xff).raw(148, "        ".getBytes(StandardCharsets.UTF_8));
    int sum = 0;
    for (byte b : Arrays.copyOf(tar.unsummed().cut(), 512)) {
      sum += b;
    }
    byte[] archive =
        file().raw(0, (byte) 0xff).text(148, 8, "%06o\0 ".formatted(sum)).unsummed().end();
    assertThat(readOne(archive).text()).isEqualTo("hello");
  }

  @ParameterizedTest
  @CsvSource({
    "8000000000000000000000ff, 255",
    "ffffffffffffffffffffffff, -1",
    "c00000000000000000000000,",
    "ffffffff8000000000000000, -9223372036854775808",
    "800000007fffffffffffffff, 9223372036854775807",
    "800000008000000000000000,",
    "800100000000000000000000,",
    "303030303030303030303031, 1",
    "202020202020202020203720, 7",
    "000000000000000000000000, 0",
    "202020202020202020202020, 0",
    "313700787878787878787878, 15",
    "003100000000000000000000,",
    "2d3100000000000000000000,",
    "313800000000000000000000,",
    "313220333400000000000000,",
    "0a3100000000000000000000,",
  })
  void readsNumbers(String hex, Long expected) throws IOException {
    byte[] archive = file().raw(136, HexFormat.of().parseHex(hex)).end();
    if (expected != null) {
      assertThat(readOne(archive).header().mtime()).isEqualTo(expected);
    } else {
      refused(
          archive,
          "a.tar: offset 0: mtime "
              + (hex.compareTo("8") >= 0 ? "does not fit in 64 bits" : "is not an octal number"));
    }
  }

  @Test
  void anEndWithoutZerosIsAccepted() throws IOException {
    assertThat(readAll(new byte[0])).isEmpty();
    assertThat(readOne(file().cut()).text()).isEqualTo("hello");
    assertThat(readOne(file().bytes(new byte[512]).cut()).text()).isEqualTo("hello");
    assertThat(readOne(file().bytes(new byte[10240]).cut()).text()).isEqualTo("hello");
  }

  @Test
  void nothingButZerosMayFollow() {
    byte[] trailing = new byte[40 * 512];
    trailing[trailing.length - 1] = 1;
    refused(
        file().bytes(trailing).cut(),
        "a.tar: offset 21503: end is followed by something that is no padding");
    refused(
        file().bytes(new byte[512]).file("g", "").end(),
        "a.tar: offset 1536: end is followed by something that is no padding");
    refused(file().bytes(new byte[700]).cut(), "a.tar: offset 1724: end is truncated");
  }

  @Test
  void aCutInsideAMemberIsRefused() {
    byte[] archive = new RawTar().extension('L', "n".repeat(600)).file("n", "x".repeat(600)).end();
    for (int length = 1; length < archive.length; length++) {
      byte[] cut = Arrays.copyOf(archive, length);
      int end = archive.length - 1024;
      if (length == end - 424 || length == end || length == end + 512) {
        assertThat(readCount(cut)).isEqualTo(1);
      } else {
        assertThatThrownBy(() -> readAll(cut))
            .isInstanceOf(TarFormatException.class)
            .hasMessageMatching("a.tar: offset [0-9]+: .*(truncated|is missing).*");
      }
    }
  }

  private static int readCount(byte[] archive) {
    try {
      return readAll(archive).size();
    } catch (IOException e) {
      return -1;
    }
  }

  @Test
  void refusesWhatIsNoTar() {
    refused(
        "x".repeat(600).getBytes(StandardCharsets.UTF_8),
        "a.tar: offset 0: checksum is wrong: not a tar archive");
    refused(
        new RawTar().file("a", "").file("b", "").raw(148, (byte) '7').unsummed().end(),
        "a.tar: offset 512: checksum is wrong");
  }

  @ParameterizedTest
  @CsvSource({
    "ffffffffffffffffffffffff, size is negative: -1",
    "800000007fffffffffffffff, size is impossible: 9223372036854775807",
    "800000008000000000000000, size does not fit in 64 bits",
    "383838380000000000000000, size is not an octal number",
    "373737373737373737373700, member is truncated",
  })
  void refusesImpossibleSizes(String hex, String problem) {
    refused(file().raw(124, HexFormat.of().parseHex(hex)).end(), "a.tar: offset 0: " + problem);
    refused(
        new RawTar().extension('x', "").raw(124, HexFormat.of().parseHex("80000000000fffff")).end(),
        "a.tar: offset 0: size of an extension header is impossible: 4503596140867584");
  }

  @ParameterizedTest
  @ValueSource(chars = {'2', '3', '4', '5', '6'})
  void refusesContentWhereThereIsNone(char type) {
    refused(
        new RawTar().link(type, "x", "y").content(new byte[5]).end(),
        "a.tar: offset 0: size is 5 where there can be no content");
  }

  @Test
  void refusesUnknownSortsOfMembers() {
    refused(new RawTar().member('V', "x").end(), "a.tar: offset 0: type 'V' is not supported");
    refused(
        new RawTar().member('\u0080', "x").end(), "a.tar: offset 0: type 0x80 is not supported");
  }

  @Test
  void refusesEmptyNames() {
    refused(new RawTar().file("", "x").end(), "a.tar: offset 0: name is empty");
    refused(new RawTar().link('2', "x", "").end(), "a.tar: offset 0: link name is empty");
    refused(new RawTar().link('1', "x", "").end(), "a.tar: offset 0: link name is empty");
    refused(
        new RawTar().extension('L', "\0").file("x", "").end(),
        "a.tar: offset 0: long name is empty");
    refused(
        new RawTar().extension('L', "a\0b").file("x", "").end(),
        "a.tar: offset 0: long name has a NUL in it");
  }

  @Test
  void refusesExtensionsWithoutAMemberOrTwice() {
    refused(
        new RawTar().pax("path", "x").end(),
        "a.tar: offset 1024: header is missing: an extension header announced it");
    refused(
        new RawTar().pax("path", "x").cut(),
        "a.tar: offset 1024: header is missing: an extension header announced it");
    refused(
        new RawTar().pax("path", "x").pax("path", "x").file("f", "").end(),
        "a.tar: offset 1024: PAX header is the second for one member");
    refused(
        new RawTar().extension('L', "x").extension('L', "x").file("f", "").end(),
        "a.tar: offset 1024: long name is the second for one member");
    refused(
        new RawTar().extension('K', "x").extension('K', "x").file("f", "").end(),
        "a.tar: offset 1024: long link name is the second for one member");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`x=1\n` | PAX header is malformed: the record at byte 0 does not begin with its length",
        "`5x=1\n` | PAX header is malformed: the record at byte 0 does not begin with its length",
        "`-6 x=1\n` | PAX header is malformed: the record at byte 0 does not begin with its length",
        "`0000000006 x=1\n` | PAX header is malformed: the record at byte 0 does not begin with"
            + " its length",
        "`6 x=1\n7` | PAX header is malformed: the record at byte 6 does not begin with its length",
        "`7 x=1\n` | PAX header is malformed: the record at byte 0 is not as long as it says",
        "`5 x=1\n` | PAX header is malformed: the record at byte 0 is not as long as it says",
        "`99999999 x=1\n"
            + "` | PAX header is malformed: the record at byte 0 is not as long as it says",
        "`3 x=1\n` | PAX header is malformed: the record at byte 0 is not as long as it says",
        "`6 xx1\n` | PAX header is malformed: the record at byte 0 is not KEYWORD=VALUE",
        "`6 =x1\n` | PAX header is malformed: the record at byte 0 is not KEYWORD=VALUE",
        "`12 path=a\0b\n` | PAX record path has a NUL in it",
        "`8 x\0y=1\n` | PAX header is malformed: the record at byte 0 has a NUL in its keyword",
        "`9 path=a\n9 path=b\n` | PAX record path is given twice, with different values",
        "`8 path=\n` | PAX record path is empty",
        "`8 size=\n` | PAX record size is empty",
        "`11 size=-1\n` | size is negative: -1",
        "`9 size=x\n` | PAX record size is not a decimal number of 64 bits",
        "`9 size=4\n` | PAX record size contradicts the header: 4, not 5",
        "`28 size=9223372036854775807\n` | size is impossible: 9223372036854775807",
        "`28 size=9223372036854775808\n` | PAX record size is not a decimal number of 64 bits",
        "`11 uid=1.5\n` | PAX record uid is not a decimal number of 64 bits",
        "`13 mtime=1e9\n` | PAX record mtime is not a time in seconds",
        "`13 mtime=nan\n` | PAX record mtime is not a time in seconds",
        "`15 mtime=1.2.3\n` | PAX record mtime is not a time in seconds",
        "`18 hdrcharset=ROT\n` | PAX record hdrcharset names an unknown character set",
      })
  void refusesMalformedPaxRecords(String records, String problem) {
    refused(
        new RawTar().extension('x', records).file("f", "hello").end(),
        "a.tar: offset "
            + (problem.startsWith("size ") || problem.contains("contradicts") ? 1024 : 0)
            + ": "
            + problem);
  }

  @Test
  void refusesKeywordsThatAreNotUtf8() {
    byte[] record = "6 x=1\n".getBytes(StandardCharsets.UTF_8);
    record[2] = (byte) 0xff;
    refused(
        new RawTar().member('x', "x").content(record).file("f", "").end(),
        "a.tar: offset 0: PAX header is malformed: the record at byte 0 has a keyword that is not"
            + " UTF-8");
  }

  @Test
  void refusesContradictoryNames() {
    refused(
        new RawTar().pax("path", "a").extension('L', "b").file("f", "").end(),
        "a.tar: offset 2048: PAX record path contradicts the GNU long name");
    refused(
        new RawTar().pax("linkpath", "a").extension('K', "b").link('2', "f", "b").end(),
        "a.tar: offset 2048: PAX record linkpath contradicts the GNU long name");
  }

  @ParameterizedTest
  @ValueSource(strings = {"path", "linkpath", "size", "GNU.sparse.major"})
  void refusesGlobalRecordsThatFitOneMemberOnly(String key) {
    refused(
        new RawTar().extension('g', RawTar.record(key, "1")).file("f", "").end(),
        "a.tar: offset 0: PAX record " + key + " cannot hold for all members");
  }

  @Test
  void boundsExtensions() throws IOException {
    String most = "x".repeat(TarReader.MOST_EXTENSION);
    assertThat(readOne(new RawTar().extension('L', most).file("f", "").end()).header().name())
        .isEqualTo(RawName.of(most));
    refused(
        new RawTar().extension('L', most + "x").file("f", "").end(),
        "a.tar: offset 0: size of an extension header is impossible: 1048577");
    String half = "x".repeat(TarReader.MOST_EXTENSION / 2);
    refused(
        new RawTar()
            .extension('g', RawTar.record("a", half))
            .extension('g', RawTar.record("b", half))
            .file("f", "")
            .end(),
        "a.tar: offset 525312: global PAX headers are too long together");
  }

  @Test
  void boundsGlobalRecords() {
    StringBuilder records = new StringBuilder();
    for (int i = 0; i < 257; i++) {
      records.append(RawTar.record("k" + i, "v"));
    }
    refused(
        new RawTar().extension('g', records.toString()).end(),
        "a.tar: offset 0: global PAX headers have too many records");
  }

  @Test
  void skipsWhatIsNotRead() throws IOException {
    byte[] archive = new RawTar().file("a", "x".repeat(2000)).file("b", "y").end();
    TarReader reader = new TarReader(new ByteArrayInputStream(archive), "a.tar");
    assertThat(reader.next()).isNotNull();
    var first = reader.content();
    assertThat(first.readNBytes(700)).hasSize(700);
    assertThat(first.skip(100)).isEqualTo(100);
    assertThat(reader.next()).isNotNull();
    assertThat(first.read()).isEqualTo(-1);
    assertThat(reader.content().read()).isEqualTo('y');
    assertThat(reader.content().read()).isEqualTo(-1);
  }

  @Test
  void damageNeverLeadsToAnythingButAClearRefusal() {
    byte[] whole =
        new RawTar()
            .extension('g', RawTar.record("comment", "c"))
            .pax("path", "some/path", "size", "600", "mtime", "1.5", "GNU.sparse.x", "1")
            .file("f", "x".repeat(600))
            .extension('L', "long\0")
            .link('2', "l", "target")
            .member('3', "dev")
            .text(329, 8, "1")
            .end();
    long seed = 20250101;
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 20_000; round++) {
      byte[] damaged = whole.clone();
      int header = 512 * random.nextInt(damaged.length / 512);
      for (int i = random.nextInt(1, 4); i > 0; i--) {
        int at = header + random.nextInt(512);
        damaged[at] =
            (byte) (random.nextBoolean() ? random.nextInt(256) : '0' + random.nextInt(10));
      }
      RawTar.fixChecksum(damaged, header);
      String what = "seed " + seed + ", round " + round;
      try {
        assertThat(readAll(damaged).size()).as(what).isBetween(0, 9);
      } catch (TarFormatException e) {
        assertThat(e).as(what).message().startsWith("a.tar: offset ").doesNotContain("\n");
      } catch (IOException | RuntimeException e) {
        throw new AssertionError(what, e);
      }
    }
  }
}
