package dev.slipway.layer;

import dev.slipway.files.RawName;
import dev.slipway.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Docker's checksum of a tar, {@code tarsum.v1+sha256}, which the {@code json} of a layer in an
 * archive of the old form carries (moby's {@code pkg/tarsum/tarsum_spec.md}). It sums each member's
 * name, mode, numeric owners, size, type, link name, device numbers, extended attributes and
 * content, but no times and no owners' names; nor does the order of members matter. Headers count
 * as Go's {@code archive/tar} reads them.
 *
 * <p>Takes 48 bytes of memory for a member.
 */
public final class TarSum {
  private static final String VERSION = "tarsum.v1+sha256:";
  private static final int BUFFER = 64 << 10;

  private final MessageDigest hash = Digest.sha256();
  private final TarSumEntries entries = new TarSumEntries();
  private final byte[] buffer = new byte[BUFFER];

  private TarSum() {}

  /**
   * The checksum of the tar that {@code in} holds up to its end; it is not closed.
   *
   * @param name what the tar is called in messages
   * @throws TarFormatException if it is not well-formed
   * @throws IOException if it cannot be read
   */
  public static String of(InputStream in, String name) throws IOException {
    return new TarSum().sum(TarReader.ofEveryHeader(in, name));
  }

  private String sum(TarReader reader) throws IOException {
    for (TarMember member = reader.next(); member != null; member = reader.next()) {
      header(member, reader.fields());
      InputStream content = reader.content();
      int count;
      while ((count = content.read(buffer)) > 0) {
        hash.update(buffer, 0, count);
      }
      byte[] sum = hash.digest();
      entries.add(sum, hash.digest(cleaned(member.header().name())));
    }
    entries.inOrder(
        sum -> hash.update(Digest.ofBytes(sum).hex().getBytes(StandardCharsets.US_ASCII)));
    return VERSION + Digest.ofBytes(hash.digest()).hex();
  }

  private void header(TarMember member, TarReader.Fields fields) throws IOException {
    TarHeader header = member.header();
    TarReaderBlock block = fields.block();
    boolean global = block.flag() == 'g';
    field("name", header.name());
    field("mode", global ? 0 : block.number(100, 8, "mode"));
    field("uid", header.uid());
    field("gid", header.gid());
    field("size", fields.size());
    field("typeflag", RawName.ofBytes(new byte[] {(byte) flag(block, header)}));
    field("linkname", fields.linkName());
    field("uname", RawName.of(""));
    field("gname", RawName.of(""));
    field("devmajor", global ? 0 : block.deviceMajor());
    field("devminor", global ? 0 : block.deviceMinor());
    member.xattrs().entrySet().stream()
        .sorted(Comparator.comparing(attribute -> RawName.of(attribute.getKey())))
        .forEach(attribute -> field(attribute.getKey(), RawName.ofBytes(attribute.getValue())));
  }

  /** The old sign for a file stands for what it is taken for. */
  private static char flag(TarReaderBlock block, TarHeader header) {
    return block.flag() == '\0' ? header.type().flag() : block.flag();
  }

  private void field(String key, long value) {
    field(key, RawName.of(Long.toString(value)));
  }

  private void field(String key, RawName value) {
    hash.update(key.getBytes(StandardCharsets.UTF_8));
    hash.update(value.toBytes());
  }

  /** The place that {@code name} means below the root. */
  private static byte[] cleaned(RawName name) {
    List<String> parts = new ArrayList<>();
    for (String part : new String(name.toBytes(), StandardCharsets.ISO_8859_1).split("/", -1)) {
      switch (part) {
        case "", "." -> {}
        case ".." -> {
          if (!parts.isEmpty()) {
            parts.removeLast();
          }
        }
        default -> parts.add(part);
      }
    }
    return String.join("/", parts).getBytes(StandardCharsets.ISO_8859_1);
  }
}
