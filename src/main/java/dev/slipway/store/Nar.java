package dev.slipway.store;

import dev.slipway.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * Nix archives: one byte stream for one file tree, whatever its owners, times and the order that a
 * file system lists it in (E. Dolstra, "The Purely Functional Software Deployment Model", figure
 * 5.2). The hash of this stream is how Nix names content.
 */
public final class Nar {
  private Nar() {}

  /**
   * Writes the NAR of what lies at {@code path} to {@code out}, which stays open. No file is ever
   * held in memory.
   *
   * @throws dev.slipway.oci.ImageException if the tree holds a socket, pipe or device, or a file
   *     changed its size while it was read; it is named
   * @throws IOException if the tree cannot be read or {@code out} not written
   */
  public static void write(Path path, WritableByteChannel out) throws IOException {
    write(new NarNode.OnDisk(path), out);
  }

  /**
   * Writes the NAR of {@code node} to {@code out}, which stays open.
   *
   * @throws dev.slipway.oci.ImageException as {@link #write(Path, WritableByteChannel)}; also if a
   *     content does not have the size that its node says
   * @throws IOException if the tree cannot be read or {@code out} not written
   */
  public static void write(NarNode node, WritableByteChannel out) throws IOException {
    NarWriter writer = new NarWriter(out);
    writer.write(node, null);
  }

  /**
   * The hash of the NAR of what lies at {@code path}.
   *
   * @throws IOException as {@link #write(Path, WritableByteChannel)}
   */
  public static NarHash hash(Path path) throws IOException {
    return hash(new NarNode.OnDisk(path));
  }

  /**
   * The hash of the NAR of {@code node}.
   *
   * @throws IOException as {@link #write(NarNode, WritableByteChannel)}
   */
  public static NarHash hash(NarNode node) throws IOException {
    return hash(node, null, null);
  }

  /**
   * The hash of the NAR of {@code node}; its bytes pass through {@code scanner} on the way.
   *
   * @throws IOException as {@link #write(NarNode, WritableByteChannel)}
   */
  public static NarHash hash(NarNode node, ReferenceScanner scanner) throws IOException {
    return hash(node, scanner, null);
  }

  /**
   * Makes {@code node} at {@code destination}, where nothing may be, with the modes and times that
   * objects in a store have, and says the hash of exactly what was written there.
   *
   * @throws IOException as {@link #write(NarNode, WritableByteChannel)}; something is left at
   *     {@code destination} then
   */
  static NarHash copy(NarNode node, Path destination) throws IOException {
    return hash(node, null, destination);
  }

  private static NarHash hash(
      NarNode node, @Nullable ReferenceScanner scanner, @Nullable Path destination)
      throws IOException {
    HashingChannel hashing = new HashingChannel(scanner);
    NarWriter writer = new NarWriter(hashing);
    writer.write(node, destination);
    return hashing.hash();
  }

  /** Hashes what it is given and hands it on to a scanner. */
  private static final class HashingChannel implements WritableByteChannel {
    private final MessageDigest digest = Digest.sha256();
    private final @Nullable ReferenceScanner scanner;
    private long size;

    HashingChannel(@Nullable ReferenceScanner scanner) {
      this.scanner = scanner;
    }

    @Override
    public int write(ByteBuffer bytes) {
      int length = bytes.remaining();
      size += length;
      if (scanner != null) {
        scanner.write(bytes.duplicate());
      }
      digest.update(bytes);
      return length;
    }

    NarHash hash() {
      return new NarHash(Digest.ofBytes(digest.digest()), size);
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
