package dev.slipway.debian;

import dev.slipway.layer.Compression;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tukaani.xz.XZInputStream;

/** A release of an archive: its signed list of indexes, and the packages that these list. */
final class DebianRelease {
  private static final int MOST_BYTES = 16 << 20;
  private static final Set<String> FIELDS =
      Set.of(
          "Package",
          "Version",
          "Architecture",
          "Priority",
          "Depends",
          "Pre-Depends",
          "Provides",
          "Filename",
          "Size",
          "SHA256");

  private final DebianMirror mirror;
  private final String folder;
  private final Map<String, Index> indexes = new HashMap<>();

  private DebianRelease(DebianMirror mirror, String folder) {
    this.mirror = mirror;
    this.folder = folder;
  }

  private record Index(long size, Digest digest) {}

  /**
   * Reads the list of indexes.
   *
   * @param folder where it lies below the mirror's root
   * @param signatures says whether it is Debian's
   */
  static DebianRelease open(
      DebianMirror mirror, String folder, ReleaseSignature signatures, Path temporary)
      throws IOException, InterruptedException {
    String path = folder + "/InRelease";
    byte[] content = signatures.content(mirror, path, mirror.document(path, MOST_BYTES), temporary);
    DebianRelease release = new DebianRelease(mirror, folder);
    ControlFile.read(
        new ByteArrayInputStream(content),
        Set.of("SHA256"),
        path,
        fields -> release.list(fields.getOrDefault("SHA256", ""), path));
    return release;
  }

  private void list(String lines, String path) throws ImageException {
    for (String line : lines.lines().filter(text -> !text.isBlank()).toList()) {
      String[] parts = line.strip().split("\\s+", -1);
      if (parts.length != 3 || !Digest.isHex(parts[0])) {
        throw new ImageException(path + ": expected DIGEST SIZE NAME, found '" + line + "'");
      }
      try {
        indexes.put(parts[2], new Index(Long.parseLong(parts[1]), new Digest(parts[0])));
      } catch (NumberFormatException e) {
        throw new ImageException(path + ": expected a size, found '" + parts[1] + "'", e);
      }
    }
  }

  /** The packages of one component for one architecture, and for any. */
  List<DebianPackage> packages(String component, String architecture, Path temporary)
      throws IOException {
    String name = component + "/binary-" + architecture + "/Packages";
    for (String suffix : List.of(".xz", ".gz", "")) {
      Index index = indexes.get(name + suffix);
      if (index != null) {
        return read(folder + "/" + name + suffix, index, temporary);
      }
    }
    throw new ImageException(
        "%s: has no packages of %s for %s".formatted(mirror.name(folder), component, architecture));
  }

  private List<DebianPackage> read(String path, Index index, Path temporary) throws IOException {
    Path file = Files.createTempFile(temporary, "packages-", "");
    try {
      try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
        mirror.fetch(path, index.size(), index.digest(), out);
      }
      List<DebianPackage> packages = new ArrayList<>();
      String archive = folder.substring(0, folder.indexOf('/'));
      try (InputStream in = decompressed(Files.newInputStream(file), path)) {
        ControlFile.read(
            in, FIELDS, path, fields -> packages.add(DebianPackage.of(fields, archive)));
      }
      return packages;
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /** The content of a file whose name tells how it is compressed. */
  static InputStream decompressed(InputStream in, String name) throws IOException {
    Optional<Compression> compression =
        name.endsWith(".gz")
            ? Optional.of(Compression.GZIP)
            : name.endsWith(".zst") ? Optional.of(Compression.ZSTD) : Optional.empty();
    if (compression.isPresent()) {
      return compression.get().decompress(in, name);
    }
    return name.endsWith(".xz") ? new XZInputStream(in, MOST_XZ_KIB) : in;
  }

  /** Debian's packages ask for at most 65 MiB. */
  private static final int MOST_XZ_KIB = 160 << 10;

  /** What is between the lines of a signed text, as it is signed (RFC 9580, section 7). */
  static byte[] unsigned(byte[] signed) {
    StringBuilder content = new StringBuilder();
    boolean inside = false;
    boolean header = false;
    for (String line : new String(signed, StandardCharsets.UTF_8).split("\n", -1)) {
      if (line.startsWith("-----BEGIN PGP SIGNED MESSAGE")) {
        header = true;
      } else if (header) {
        header = !line.isBlank();
        inside = !header;
      } else if (line.startsWith("-----BEGIN PGP SIGNATURE")) {
        inside = false;
      } else if (inside) {
        content.append(line.startsWith("- ") ? line.substring(2) : line).append('\n');
      }
    }
    return content.toString().getBytes(StandardCharsets.UTF_8);
  }
}
