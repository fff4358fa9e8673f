package dev.slipway.transport;

import dev.slipway.files.RawName;
import dev.slipway.layer.TarHeader;
import dev.slipway.layer.TarMember;
import dev.slipway.layer.TarReader;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * What a layer's tar must keep to beyond being a tar: no entry lies outside of the root that it is
 * unpacked to, and whiteouts (OCI image specification, layer.md, "Whiteouts") name one entry each.
 * Absolute names are taken from the root.
 */
final class LayerCheck {
  private static final String WHITEOUT = ".wh.";

  /** Whiteouts that are no names: the opaque marker, and what aufs kept for itself. */
  private static final String RESERVED = ".wh..wh.";

  private LayerCheck() {}

  /**
   * Reads {@code tar} to its end, so that a stream that hashes has seen every byte.
   *
   * @return how many entries there are
   */
  static long run(InputStream tar, String what) throws IOException {
    return run(tar, what, _ -> {});
  }

  /** Sees members that keep to the rules. */
  @FunctionalInterface
  interface Sink {
    void take(TarMember member) throws IOException;
  }

  /** The same, and shows each entry to {@code sink}. */
  static long run(InputStream tar, String what, Sink sink) throws IOException {
    TarReader reader = new TarReader(tar, what);
    long entries = 0;
    for (TarMember member = reader.next(); member != null; member = reader.next()) {
      check(member.header(), what);
      sink.take(member);
      entries++;
    }
    return entries;
  }

  private static void check(TarHeader header, String what) throws ImageException {
    RawName name = header.name();
    List<String> parts = MemberName.split(name);
    if (parts.contains("..")) {
      throw new ImageException("%s: entry %s has '..' in its name".formatted(what, name));
    }
    if (header.type() == TarHeader.Type.HARDLINK && MemberName.climbs(header.linkName())) {
      throw new ImageException(
          "%s: entry %s is a hard link that leaves the layer: %s"
              .formatted(what, name, header.linkName()));
    }
    for (int i = 0; i < parts.size(); i++) {
      String part = parts.get(i);
      if (part.startsWith(WHITEOUT) && !part.startsWith(RESERVED)) {
        String hidden = part.substring(WHITEOUT.length());
        if (i < parts.size() - 1 || hidden.isEmpty() || isDots(hidden)) {
          throw new ImageException(
              "%s: entry %s is a whiteout that names no entry".formatted(what, name));
        }
      }
    }
  }

  private static boolean isDots(String name) {
    return name.equals(".") || name.equals("..");
  }
}
