package dev.slipway.debian;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.slipway.files.os.FileTree;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a mirror or a lock file says, it is understood or refused. */
class DebianFuzzTest {
  private static final Set<String> FIELDS =
      Set.of("Package", "Version", "Architecture", "Filename", "Size", "SHA256", "Depends");

  static Stream<byte[]> packages() throws IOException {
    DebSketch sketch =
        new DebSketch("odd", "1")
            .file("./bin/sh", 0755, "sh")
            .link("./bin/bash", TarArchiveEntry.LF_LINK, "./bin/sh")
            .link("./lib", TarArchiveEntry.LF_SYMLINK, "usr/lib");
    return Stream.of(sketch.bytes("data.tar"), "!<arch>\ndata.tar.xz".getBytes(UTF_8), new byte[0]);
  }

  @MethodSource("packages")
  @FuzzTest
  void packagesAreReadOrRefused(byte[] deb) throws IOException {
    Path folder = Files.createTempDirectory("fuzz");
    try {
      PackageTree tree = new PackageTree();
      DebFile.read(Files.write(folder.resolve("deb"), deb), "odd 1", folder.resolve("tar"), tree);
      DebFileTest.list(tree.toNode(), "", new StringBuilder());
    } catch (ImageException e) {
      assertThat(e).message().startsWith("odd 1").doesNotContain("\n");
    } finally {
      FileTree.delete(folder);
    }
  }

  static Stream<byte[]> indexes() {
    String index =
        """
        Package: a
        Version: 1:1.0~rc1-1
        Architecture: amd64
        Depends: b (>= 2) | c:any, d (<< 3) [amd64]
        Description: long
         and longer
        Filename: pool/a.deb
        Size: 5
        SHA256: %s

        Package: b
        """
            .formatted(Digest.of(new byte[0]).hex());
    return Stream.of(index.getBytes(UTF_8), index.replace("pool", "..").getBytes(UTF_8));
  }

  @MethodSource("indexes")
  @FuzzTest
  void indexesAreUnderstoodOrRefused(byte[] index) throws IOException {
    List<DebianPackage> packages = new ArrayList<>();
    try {
      ControlFile.read(
          new ByteArrayInputStream(index),
          FIELDS,
          "Packages",
          fields -> packages.add(DebianPackage.of(fields, "debian")));
      for (DebianPackage each : packages) {
        assertThat(Path.of("/mirror").resolve(each.path()).normalize())
            .startsWithRaw(Path.of("/mirror/debian"));
        new PackageChoice(packages, "amd64").of(List.of(each.name()));
      }
    } catch (ImageException e) {
      assertThat(e).message().isNotEmpty();
    }
  }

  static Stream<byte[]> lockFiles() {
    return Stream.of(
        LockFileTest.some().bytes(), "{\"version\":1,\"debian\":{\"a\":[{}]}}".getBytes(UTF_8));
  }

  @MethodSource("lockFiles")
  @FuzzTest
  void lockFilesAreUnderstoodOrRefused(byte[] document) {
    try {
      LockFile read = LockFile.parse(document, "x.lock");
      for (LockedPackages locked : read.paths().values().stream().flatMap(List::stream).toList()) {
        assertThat(locked.packages())
            .extracting(each -> Path.of("/mirror").resolve(each.path()).normalize().toString())
            .allMatch(path -> path.startsWith("/mirror/"));
      }
    } catch (ImageException e) {
      assertThat(e).message().startsWith("x.lock");
    }
  }
}
