package dev.slipway.layer;

import dev.slipway.files.RawName;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A member as {@link TarReader} found it.
 *
 * @param header what it is, all extension headers taken into account
 * @param paxRecords the PAX records that are in force for it, the archive's global ones included,
 *     in the order of their first appearance
 * @param offset where its first header (of an extension, if it has any) begins in the archive
 * @param contentOffset where its stored content begins
 * @param sparse whether the stored content leaves holes out, so that it is not the content as is
 */
public record TarMember(
    TarHeader header,
    Map<String, RawName> paxRecords,
    long offset,
    long contentOffset,
    boolean sparse) {
  /** Begins the keywords of PAX records that are extended attributes (star, Joerg Schilling). */
  static final String XATTR = "SCHILY.xattr.";

  /** Copies the records. */
  public TarMember {
    paxRecords =
        paxRecords.isEmpty()
            ? Map.of()
            : Collections.unmodifiableMap(new LinkedHashMap<>(paxRecords));
  }

  /** The extended attributes, by their whole name ({@code security.capability}). */
  public Map<String, byte[]> xattrs() {
    Map<String, byte[]> attributes = new LinkedHashMap<>();
    paxRecords.forEach((key, value) -> {
      if (key.startsWith(XATTR)) {
        attributes.put(key.substring(XATTR.length()), value.toBytes());
      }
    });
    return attributes;
  }

  /**
   * Those extended attributes that mean the same on every machine: the user's own, capabilities and
   * access lists. All else belongs to a kernel's security modules, or to overlayfs, which would
   * take its own for orders.
   */
  public Map<String, RawName> portableXattrs() {
    Map<String, RawName> portable = new LinkedHashMap<>();
    paxRecords.forEach((key, value) -> {
      String name = key.startsWith(XATTR) ? key.substring(XATTR.length()) : "";
      boolean user =
          name.startsWith("user.")
              && !name.startsWith("user.overlay.")
              && !name.startsWith("user.fuseoverlayfs.");
      if (user || name.equals("security.capability") || name.startsWith("system.posix_acl_")) {
        portable.put(name, value);
      }
    });
    return portable;
  }
}
