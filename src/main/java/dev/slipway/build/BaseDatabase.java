package dev.slipway.build;

import dev.slipway.files.RawName;
import dev.slipway.layer.TarHeader;
import dev.slipway.layer.TarMember;
import dev.slipway.layer.TarReader;
import dev.slipway.oci.ImageException;
import dev.slipway.store.ClosureDatabase;
import dev.slipway.transport.ArchivedLayer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Takes the Nix database of a base image out of its layers, which may have been made by somebody
 * who means harm.
 */
final class BaseDatabase {
  private static final String DATABASE = NixDatabaseFiles.DATABASE;
  private static final String LOG = DATABASE + "-wal";

  /** What SQLite puts beside a database while it works on it. */
  private static final List<String> COMPANIONS =
      List.of(LOG, DATABASE + "-shm", DATABASE + "-journal");

  /** As many bytes as a million of paths have, and more. */
  private static final long MOST_BYTES = 2L << 30;

  /** As many bytes as the number of a schema and white space around it may have. */
  private static final int MOST_SCHEMA = 64;

  private static final String WHITEOUT = ".wh.";
  private static final String OPAQUE = ".wh..wh..opq";

  private final Path folder;
  private final Set<String> present = new HashSet<>();

  /**
   * Looks for it.
   *
   * @param layers the base's, from the bottom
   * @param folder an empty folder, where copies are put
   * @throws ImageException if there is one that is no ordinary file, too large, or not of the
   *     schema that is known
   * @throws IOException if a layer cannot be read, or a copy not be written
   */
  BaseDatabase(List<ArchivedLayer> layers, Path folder) throws IOException {
    this.folder = folder;
    Set<String> sought = new HashSet<>(COMPANIONS);
    sought.add(DATABASE);
    sought.add(NixDatabaseFiles.SCHEMA);
    for (ArchivedLayer layer : layers.reversed()) {
      if (!sought.isEmpty()) {
        sought.removeAll(decided(layer, sought));
      }
    }
    if (exists() && present.contains(NixDatabaseFiles.SCHEMA)) {
      checkSchema();
    }
  }

  /** Whether the base has one. */
  boolean exists() {
    return present.contains(DATABASE);
  }

  /** The copy, its write-ahead log beside it. */
  Path copy() {
    return copy(DATABASE);
  }

  /** The base's files that would be taken for parts of another database in its place. */
  List<String> companions() {
    return COMPANIONS.stream().filter(present::contains).toList();
  }

  private Path copy(String path) {
    return folder.resolve(path.substring(path.lastIndexOf('/') + 1));
  }

  /** Which of the files that are sought the layer has, or hides from below. */
  private Set<String> decided(ArchivedLayer layer, Set<String> sought) throws IOException {
    Set<String> decided = new HashSet<>();
    try (InputStream in = layer.open()) {
      TarReader tar = new TarReader(in, layer.memberName());
      for (TarMember member = tar.next(); member != null; member = tar.next()) {
        String path = normal(member.header().name());
        int slash = path.lastIndexOf('/') + 1;
        String name = path.substring(slash);
        if (name.equals(OPAQUE)) {
          addBelow(path.substring(0, slash), sought, decided);
        } else if (name.startsWith(WHITEOUT)) {
          String hidden = path.substring(0, slash) + name.substring(WHITEOUT.length());
          addBelow(hidden + "/", sought, decided);
          if (sought.contains(hidden)) {
            decided.add(hidden);
          }
        } else if (sought.contains(path)) {
          take(path, member, tar, layer);
          decided.add(path);
        } else if (member.header().type() != TarHeader.Type.DIRECTORY) {
          addBelow(path + "/", sought, decided);
        }
      }
    }
    return decided;
  }

  private static void addBelow(String folder, Set<String> sought, Set<String> decided) {
    for (String path : sought) {
      if (path.startsWith(folder)) {
        decided.add(path);
      }
    }
  }

  private void take(String path, TarMember member, TarReader tar, ArchivedLayer layer)
      throws IOException {
    String what = "the base image's /" + path;
    if (member.header().type() != TarHeader.Type.REGULAR) {
      throw new ImageException(what + " is not an ordinary file in layer " + layer.memberName());
    }
    if (member.header().size() > MOST_BYTES) {
      throw new ImageException(
          "%s has %d bytes, more than the %d that are read"
              .formatted(what, member.header().size(), MOST_BYTES));
    }
    try (OutputStream out = Files.newOutputStream(copy(path))) {
      tar.content().transferTo(out);
    }
    present.add(path);
  }

  private static String normal(RawName name) {
    List<String> parts = new ArrayList<>();
    for (String part : name.toString().split("/", -1)) {
      if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    return String.join("/", parts);
  }

  private void checkSchema() throws IOException {
    String version;
    try (InputStream in = Files.newInputStream(copy(NixDatabaseFiles.SCHEMA))) {
      version = new String(in.readNBytes(MOST_SCHEMA), StandardCharsets.ISO_8859_1).strip();
    }
    if (!version.equals(ClosureDatabase.SCHEMA)) {
      throw new ImageException(
          "the base image's /%s says '%s', but only Nix's schema %s is known"
              .formatted(NixDatabaseFiles.SCHEMA, version, ClosureDatabase.SCHEMA));
    }
  }
}
