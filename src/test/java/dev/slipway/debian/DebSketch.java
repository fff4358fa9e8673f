package dev.slipway.debian;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.luben.zstd.ZstdOutputStream;
import dev.slipway.oci.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.ar.ArArchiveEntry;
import org.apache.commons.compress.archivers.ar.ArArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** A package in the making. */
public final class DebSketch {
  private final String name;
  private final String version;
  private final List<String> fields = new ArrayList<>();
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes);

  /** A package without files that needs nothing. */
  public DebSketch(String name, String version) {
    this.name = name;
    this.version = version;
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
  }

  /** Has another field in the index, such as {@code Depends: libc6}. */
  public DebSketch field(String line) {
    fields.add(line);
    return this;
  }

  /** Has a file. */
  public DebSketch file(String path, int mode, String content) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(path);
    byte[] text = content.getBytes(UTF_8);
    entry.setMode(0100000 | mode);
    entry.setSize(text.length);
    tar.putArchiveEntry(entry);
    tar.write(text);
    tar.closeArchiveEntry();
    return this;
  }

  /** Has an empty directory. */
  public DebSketch directory(String path) throws IOException {
    tar.putArchiveEntry(new TarArchiveEntry(path + "/"));
    tar.closeArchiveEntry();
    return this;
  }

  /** Has a link, of the type that {@link TarArchiveEntry} calls {@code type}. */
  public DebSketch link(String path, byte type, String target) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(path, type);
    entry.setLinkName(target);
    tar.putArchiveEntry(entry);
    tar.closeArchiveEntry();
    return this;
  }

  /** The package's file, with its files compressed as the name of their member says. */
  public byte[] bytes(String member) throws IOException {
    tar.finish();
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out =
        member.endsWith(".xz")
            ? new XZOutputStream(packed, new LZMA2Options(0))
            : member.endsWith(".gz")
                ? new GZIPOutputStream(packed)
                : member.endsWith(".zst") ? new ZstdOutputStream(packed) : packed) {
      out.write(bytes.toByteArray());
    }
    ByteArrayOutputStream deb = new ByteArrayOutputStream();
    try (ArArchiveOutputStream ar = new ArArchiveOutputStream(deb)) {
      Map<String, byte[]> members =
          Map.of(
              "1", "2.0\n".getBytes(UTF_8), "2", "odd".getBytes(UTF_8), "3", packed.toByteArray());
      List<String> names = List.of("debian-binary", "control.tar", member);
      for (Map.Entry<String, byte[]> each : new TreeMap<>(members).entrySet()) {
        String called = names.get(Integer.parseInt(each.getKey()) - 1);
        ar.putArchiveEntry(new ArArchiveEntry(called, each.getValue().length));
        ar.write(each.getValue());
        ar.closeArchiveEntry();
      }
    }
    return deb.toByteArray();
  }

  /** Puts packages for an architecture into a new mirror of one release, which nobody signed. */
  public static void mirror(Path root, String suite, String architecture, DebSketch... packages)
      throws IOException {
    StringBuilder index = new StringBuilder();
    for (DebSketch each : packages) {
      byte[] deb = each.bytes("data.tar.xz");
      String path = "pool/" + each.name + "_" + architecture + ".deb";
      Files.createDirectories(root.resolve("debian/pool"));
      Files.write(root.resolve("debian/" + path), deb);
      index
          .append("Package: " + each.name + "\nVersion: " + each.version + "\n")
          .append("Description: what it is\n for many lines\n")
          .append("Architecture: " + architecture + "\nFilename: " + path + "\n")
          .append("Size: " + deb.length + "\nSHA256: " + Digest.of(deb).hex() + "\n");
      each.fields.forEach(line -> index.append(line).append('\n'));
      index.append('\n');
    }
    release(root, "debian/dists/" + suite, architecture, index.toString());
    release(root, "debian/dists/" + suite + "-updates", architecture, "");
    release(root, "debian-security/dists/" + suite + "-security", architecture, "");
  }

  /** Puts an index of packages for an architecture into a release, which nobody signed. */
  public static void release(Path root, String folder, String architecture, String index)
      throws IOException {
    String name = "main/binary-" + architecture + "/Packages";
    Path file = root.resolve(folder).resolve(name);
    Files.createDirectories(file.getParent());
    byte[] content = index.getBytes(UTF_8);
    Files.write(file, content);
    Path release = root.resolve(folder).resolve("InRelease");
    String before =
        Files.exists(release)
            ? Files.readString(release).replaceFirst("(?s)-----BEGIN PGP SIGNATURE.*", "")
            : "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nCodename: "
                + folder.substring(folder.lastIndexOf('/') + 1)
                + "\nSHA256:\n";
    Files.writeString(
        release,
        before
            + " "
            + Digest.of(content).hex()
            + " "
            + content.length
            + " "
            + name
            + "\n-----BEGIN PGP SIGNATURE-----\n\nnone\n-----END PGP SIGNATURE-----\n");
  }
}
