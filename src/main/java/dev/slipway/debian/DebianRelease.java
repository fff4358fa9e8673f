package dev.slipway.debian;

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
import java.util.Set;

/** A release of an archive: its signed list of indexes, and the packages that these list. */
final class DebianRelease {
  private static final int MOST_BYTES = 16 << 20;

  /** Ten times what the largest index has. */
  private static final long MOST_INDEX_BYTES = 512L << 20;

  private static final int MOST_PACKAGES = 500_000;
  private static final Set<String> FIELDS =
      Set.of(
          "Package",
          "Version",
          "Architecture",
          "Priority",
          "Depends",
          "Pre-Depends",
          "Provides",
          "Conflicts",
          "Breaks",
          "Filename",
          "Size",
          "SHA256");

  private final DebianMirror mirror;
  private final String folder;
  private final Map<String, Index> indexes = new HashMap<>();
  private boolean byHash;

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
   * @throws ImageException if it is not there, is not what it should be, or is of another release
   */
  static DebianRelease open(
      DebianMirror mirror, String folder, ReleaseSignature signatures, Path temporary)
      throws IOException, InterruptedException {
    String path = folder + "/InRelease";
    byte[] signed =
        mirror
            .document(path, MOST_BYTES)
            .orElseThrow(() ->
                new ImageException(
                    mirror.name(folder)
                        + ": there is no such release; those of updates and of security belong to"
                        + " every suite but sid"));
    byte[] content = signatures.content(mirror, path, signed, temporary);
    DebianRelease release = new DebianRelease(mirror, folder);
    ControlFile.read(
        new ByteArrayInputStream(content),
        Set.of("Suite", "Codename", "Valid-Until", "Acquire-By-Hash", "SHA256"),
        path,
        fields -> {
          requireRelease(fields, folder.substring(folder.lastIndexOf('/') + 1), mirror.name(path));
          signatures.until(path, fields.getOrDefault("Valid-Until", ""));
          release.byHash = fields.getOrDefault("Acquire-By-Hash", "").equals("yes");
          release.list(fields.getOrDefault("SHA256", ""), path);
        });
    return release;
  }

  /** What Debian has signed as one release must not be passed off as another. */
  private static void requireRelease(Map<String, String> fields, String name, String path)
      throws ImageException {
    String suite = fields.getOrDefault("Suite", "");
    String codename = fields.getOrDefault("Codename", "");
    if (!name.equals(suite) && !name.equals(codename)) {
      throw new ImageException(
          "%s: expected the release %s, found %s".formatted(path, name, codename + " " + suite));
    }
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
    if (index.size() < 0 || index.size() > MOST_INDEX_BYTES) {
      throw new ImageException(path + ": expected an index, found " + index.size() + " bytes");
    }
    Path file = Files.createTempFile(temporary, "packages-", "");
    try {
      try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
        fetch(path, index, out);
      }
      List<DebianPackage> packages = new ArrayList<>();
      String archive = folder.substring(0, folder.indexOf('/'));
      try (InputStream in =
          Unpacked.open(Files.newInputStream(file), path, path, MOST_INDEX_BYTES)) {
        ControlFile.read(
            in,
            FIELDS,
            path,
            fields -> {
              if (packages.size() == MOST_PACKAGES) {
                throw new ImageException(path + ": more than " + MOST_PACKAGES + " packages");
              }
              packages.add(DebianPackage.of(fields, archive));
            });
      }
      return packages;
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /**
   * Fetches an index, rather by its hash: under its name there is another one as soon as the
   * release is a newer one.
   */
  private void fetch(String path, Index index, FileChannel out) throws IOException {
    if (byHash) {
      String named = path.substring(0, path.lastIndexOf('/')) + "/by-hash/SHA256/";
      try {
        mirror.fetch(named + index.digest().hex(), index.size(), index.digest(), out);
        return;
      } catch (ImageException e) {
        out.truncate(0); // Copies of mirrors may lack it.
      }
    }
    mirror.fetch(path, index.size(), index.digest(), out);
  }

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
