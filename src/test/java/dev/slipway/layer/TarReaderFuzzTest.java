package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

class TarReaderFuzzTest {
  static Stream<byte[]> seeds() {
    return Stream.of(
        new byte[0],
        new RawTar().file("f", "content").end(),
        new RawTar()
            .extension('g', RawTar.record("comment", "c"))
            .pax("path", "p", "size", "3", "mtime", "-1.5", "hdrcharset", "BINARY")
            .file("f", "abc")
            .extension('L', "long\0")
            .extension('K', "target\0")
            .link('2', "l", "t")
            .member('3', "d")
            .text(329, 8, "1")
            .end(),
        new RawTar()
            .pax("GNU.sparse.major", "1", "GNU.sparse.minor", "0", "GNU.sparse.realsize", "9")
            .file("sparse", "1\n4\n3\n" + "\0".repeat(506) + "abc")
            .end(),
        new RawTar()
            .pax("GNU.sparse.size", "9", "GNU.sparse.offset", "4", "GNU.sparse.numbytes", "3")
            .file("sparse", "abc")
            .member('S', "old")
            .text(257, 8, "ustar  ")
            .text(386, 24, "00000000004\00000000000003")
            .text(483, 12, "00000000011")
            .content(new byte[3])
            .end());
  }

  @MethodSource("seeds")
  @FuzzTest
  void readsOrRefuses(byte[] archive) throws IOException {
    RawTar.fixChecksums(archive);
    TarReader reader = new TarReader(new ByteArrayInputStream(archive), "a.tar");
    try {
      for (TarMember member = reader.next(); member != null; member = reader.next()) {
        long size = 0;
        int count;
        byte[] buffer = new byte[8192];
        while (size < 1 << 20 && (count = reader.content().read(buffer)) >= 0) {
          size += count;
        }
        assertThat(size).isLessThanOrEqualTo(member.header().size());
        assertThat(member.xattrs().size()).isLessThanOrEqualTo(member.paxRecords().size());
      }
    } catch (TarFormatException e) {
      assertThat(e).message().startsWith("a.tar: offset ").doesNotContain("\n");
    }
  }
}
