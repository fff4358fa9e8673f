package dev.slipway.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.slipway.files.os.FileTree;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a binary cache says, it is understood or refused, and stays where it belongs. */
class BinaryCacheFuzzTest {
  static Stream<byte[]> nars() throws IOException {
    NarNode tree =
        NarNode.Directory.of(
            Map.of(
                "bin", NarNode.Directory.of(Map.of("x", NarNode.Regular.of("#!/bin/sh\n", true))),
                "l", NarNode.Symlink.to("bin/x")));
    byte[] whole = CacheSketch.bytes(tree);
    byte[] outside =
        new String(whole, StandardCharsets.ISO_8859_1)
            .replace("bin\0", "../\0")
            .getBytes(StandardCharsets.ISO_8859_1);
    return Stream.of(whole, outside, CacheSketch.bytes(NarNode.Symlink.to("/")));
  }

  @MethodSource("nars")
  @FuzzTest
  void unpacksOrRefuses(byte[] bytes) throws IOException {
    Path folder = Files.createTempDirectory("fuzz");
    Path object = folder.resolve("object");
    try {
      NarHash found =
          NarReader.read(
                  new ByteArrayInputStream(bytes), "x.nar", 1 << 20, new UnpackedTree(object))
              .nar();
      assertThat(found).isEqualTo(new NarHash(Digest.of(bytes), bytes.length));
      assertThat(Nar.hash(object)).isEqualTo(found);
    } catch (ImageException e) {
      assertThat(e).message().startsWith("x.nar: ").doesNotContain("\n");
    } finally {
      try (Stream<Path> files = Files.list(folder)) {
        assertThat(files).isSubsetOf(List.of(object));
      }
      FileTree.delete(folder);
    }
  }

  static Stream<byte[]> descriptions() {
    return Stream.of(
        NarInfoTest.CURL.getBytes(StandardCharsets.UTF_8),
        NarInfoTest.CURL.replace("nar/", "nar/../").getBytes(StandardCharsets.UTF_8),
        "References:\nCA: text:sha256:x\n".getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("descriptions")
  @FuzzTest
  void understandsOrRefuses(byte[] bytes) {
    try {
      NarInfo info = NarInfo.parse(bytes, "x.narinfo", "/nix/store");
      assertThat(info.nar().size()).isPositive();
      assertThat(Path.of("/cache").resolve(info.url().replaceFirst("[?].*", "")).normalize())
          .startsWithRaw(Path.of("/cache"));
      boolean signed =
          TrustedKeys.NIXPKGS.verify(info.fingerprint(), info.signatures())
              instanceof TrustedKeys.Verdict.Good;
      assertThat(signed && !new String(bytes, StandardCharsets.UTF_8).contains("curl")).isFalse();
    } catch (ImageException e) {
      assertThat(e).message().startsWith("x.narinfo:");
    }
  }
}
