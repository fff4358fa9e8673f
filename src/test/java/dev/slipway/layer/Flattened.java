package dev.slipway.layer;

import dev.slipway.oci.ImageException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Layers in memory, and what comes of them. */
public final class Flattened {
  private Flattened() {}

  /** The tar that these layers' tars make, the first at the bottom. */
  public static byte[] tar(byte[]... layers) throws IOException {
    return tarUpTo(Long.MAX_VALUE, layers);
  }

  /** The same, or a refusal where contents have more than {@code most} bytes. */
  static byte[] tarUpTo(long most, byte[]... layers) throws IOException {
    FlatTree tree = new FlatTree("image");
    for (int i = 0; i < layers.length; i++) {
      byte[] tar = layers[i];
      LayerEntries entries = tree.newLayer("layer " + (i + 1));
      TarReader reader = new TarReader(new ByteArrayInputStream(tar), "layer " + (i + 1));
      for (TarMember member = reader.next(); member != null; member = reader.next()) {
        entries.add(member);
      }
      tree.apply(entries, new InMemory(tar));
    }
    if (tree.contentSize() > most) {
      throw new ImageException("too large");
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TarWriter writer = new TarWriter(Channels.newChannel(out), TarDialect.GNU_NO_GROUPS);
    tree.writeTo(writer, 7);
    writer.finish();
    return out.toByteArray();
  }

  /** The same as {@link #list}. */
  public static List<String> of(byte[]... layers) throws IOException {
    return list(tar(layers));
  }

  /**
   * A line for each member: type, mode, user and group unless both are 0, name, and target, device
   * or content.
   */
  public static List<String> list(byte[] tar) throws IOException {
    List<String> lines = new ArrayList<>();
    TarReader reader = new TarReader(new ByteArrayInputStream(tar), "out.tar");
    for (TarMember member = reader.next(); member != null; member = reader.next()) {
      TarHeader header = member.header();
      String owner =
          header.uid() == 0 && header.gid() == 0 ? "" : header.uid() + ":" + header.gid() + " ";
      String rest =
          switch (header.type()) {
            case REGULAR -> " " + text(reader.content());
            case SYMLINK -> " -> " + header.linkName();
            case CHARACTER_DEVICE, BLOCK_DEVICE ->
                " " + header.deviceMajor() + "," + header.deviceMinor();
            default -> "";
          };
      lines.add(
          "%s %o %s%s%s"
              .formatted(header.type().flag(), header.mode(), owner, header.name(), rest)
              .replaceAll(" $", ""));
    }
    return lines;
  }

  private static String text(InputStream in) throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
  }

  private static final class InMemory implements LayerContents {
    private final byte[] tar;

    InMemory(byte[] tar) {
      this.tar = tar;
    }

    @Override
    public void copy(long offset, long size, TarWriter out) throws IOException {
      out.write(ByteBuffer.wrap(tar, (int) offset, (int) size));
    }

    @Override
    public void copySparse(long offset, TarWriter out) throws IOException {
      TarReader reader =
          new TarReader(
              new ByteArrayInputStream(tar, (int) offset, tar.length - (int) offset), "layer");
      reader.next();
      out.write(ByteBuffer.wrap(reader.content().readAllBytes()));
    }
  }
}
