package dev.slipway.transport;

import dev.slipway.files.RawName;
import dev.slipway.layer.TarHeader;
import dev.slipway.layer.TarMember;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * An OCI layout that is a folder (OCI image specification, image-layout.md), read as if it was an
 * archive: of its files, those that are asked for become members, one behind the other. No link is
 * followed; a file's size is what it was when it was found, and it must stay as it was then.
 */
final class LayoutFolder implements StoredBytes, ArchiveIndex.Source {
  private static final RawName LAYOUT = RawName.of("oci-layout");
  private static final RawName INDEX = RawName.of("index.json");
  private static final RawName ROOT = RawName.of("root");

  /** What blobs of a layout are called, before their digests. */
  static final String BLOBS = "blobs/sha256/";

  private static final int MODE = 0644;

  private final Path folder;
  private final Map<RawName, TarMember> found = new HashMap<>();
  private final NavigableMap<Long, Part> parts = new ConcurrentSkipListMap<>();
  private volatile long size;

  private LayoutFolder(Path folder) {
    this.folder = folder;
  }

  /**
   * The layout in {@code folder}.
   *
   * @throws ImageException if it is none
   * @throws IOException if that cannot be found out
   */
  static LayoutFolder open(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw Files.exists(folder)
          ? new ImageException(folder + ": expected the folder of an OCI layout, found a file")
          : new NoSuchFileException(folder.toString());
    }
    for (Path directory : List.of(folder.resolve("blobs"), folder.resolve(BLOBS))) {
      if (Files.isSymbolicLink(directory)) {
        throw new ImageException(directory + ": a symbolic link, expected a directory");
      }
    }
    LayoutFolder layout = new LayoutFolder(folder);
    if (layout.find(LAYOUT) == null) {
      throw new ImageException(
          folder
              + ": expected an image archive or OCI layout, found a directory without oci-layout");
    }
    if (layout.find(INDEX) == null) {
      throw new ImageException(folder + ": an OCI layout without its index.json");
    }
    return layout;
  }

  /** The layout as the user knows it. */
  String name() {
    return folder.toString();
  }

  @Override
  public @Nullable TarMember find(RawName place) throws IOException {
    TarMember known = found.get(place);
    if (known != null || !belongs(place)) {
      return known;
    }
    Path file = folder.resolve(place.toString());
    BasicFileAttributes attributes;
    try {
      attributes = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      return null;
    }
    if (!attributes.isRegularFile()) {
      String kind = attributes.isSymbolicLink() ? "a symbolic link" : "no plain file";
      throw new ImageException("%s: %s is %s".formatted(folder, place, kind));
    }
    long start = size;
    Part part = new Part(file, start, FileIdentity.of(file));
    parts.put(start, part);
    long length = attributes.size();
    TarMember member = new TarMember(header(place, length), Map.of(), start, start, false);
    // Each has a place of its own, even if it is empty.
    size = start + Math.max(1, length);
    found.put(place, member);
    return member;
  }

  private static boolean belongs(RawName place) {
    String name = place.toString();
    return place.equals(LAYOUT)
        || place.equals(INDEX)
        || (name.startsWith(BLOBS) && Digest.isHex(name.substring(BLOBS.length())));
  }

  private static TarHeader header(RawName name, long size) {
    return new TarHeader(
        TarHeader.Type.REGULAR, name, MODE, 0, 0, ROOT, ROOT, size, 0, RawName.of(""), 0, 0);
  }

  /** A file of the layout, opened when it is first read. */
  private static final class Part {
    final Path file;
    final long start;
    final FileIdentity identity;
    private @Nullable FileChannel channel;

    Part(Path file, long start, FileIdentity identity) {
      this.file = file;
      this.start = start;
      this.identity = identity;
    }

    synchronized FileChannel channel() throws IOException {
      if (channel == null) {
        channel = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
        if (!identity.holds()) {
          throw new ImageException(file + ": changed while it was read");
        }
      }
      return channel;
    }

    synchronized void close() throws IOException {
      if (channel != null) {
        channel.close();
      }
    }
  }

  private Part part(long position) {
    Map.Entry<Long, Part> part = parts.floorEntry(position);
    if (part == null) {
      throw new IllegalArgumentException("no file has the byte " + position);
    }
    return part.getValue();
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    Part part = part(position);
    return part.channel().read(target, position - part.start);
  }

  @Override
  public long transferTo(long position, long count, WritableByteChannel out) throws IOException {
    Part part = part(position);
    return part.channel().transferTo(position - part.start, count, out);
  }

  @Override
  public boolean areUnchanged(long position) throws IOException {
    if (position >= 0) {
      return part(position).identity.holds();
    }
    for (Part part : parts.values()) {
      if (!part.identity.holds()) {
        return false;
      }
    }
    return true;
  }

  @Override
  public Optional<Place> place(long position) {
    Part part = part(position);
    return Optional.of(new Place(part.identity, position - part.start));
  }

  @Override
  public void close() throws IOException {
    for (Part part : parts.values()) {
      part.close();
    }
  }
}
