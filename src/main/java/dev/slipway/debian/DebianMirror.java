package dev.slipway.debian;

import dev.slipway.http.HttpSettings;
import dev.slipway.http.client.FileServer;
import dev.slipway.oci.Digest;
import dev.slipway.oci.DigestMismatchException;
import dev.slipway.oci.ImageException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A mirror of Debian's archives: {@code debian} and {@code debian-security} are folders of it. It
 * is a server or, as a {@code file:} address, a folder of this machine.
 */
public final class DebianMirror implements Closeable {
  private final URI root;
  private final Optional<FileServer> server;

  /** The mirror at {@code root}, which is asked for nothing yet. */
  public DebianMirror(URI root, HttpSettings settings) {
    this.root = root;
    this.server =
        isFolder()
            ? Optional.empty()
            : Optional.of(new FileServer(root, Optional.empty(), settings));
  }

  private boolean isFolder() {
    return "file".equals(root.getScheme());
  }

  /** Whether nobody on the way to it can change what it says. */
  boolean isPrivate() {
    return isFolder() || "https".equals(root.getScheme());
  }

  private URI uri(String path) {
    String text = root.toString();
    String base = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    return URI.create(
        base + "/" + path.replace("+", "%2b").replace("~", "%7e").replace(" ", "%20"));
  }

  private Path file(String path) {
    return Path.of(root).resolve(path);
  }

  /**
   * A short file.
   *
   * @throws ImageException if it is not there or too large
   */
  byte[] document(String path, int most) throws IOException {
    if (server.isEmpty()) {
      byte[] bytes = Files.readAllBytes(file(path));
      if (bytes.length > most) {
        throw new ImageException(file(path) + ": larger than " + most + " bytes");
      }
      return bytes;
    }
    return server
        .get()
        .document(uri(path), most)
        .orElseThrow(() -> new ImageException(uri(path) + ": there is no such file"));
  }

  /**
   * Copies a package's file.
   *
   * @throws DigestMismatchException if it is another than it should be
   * @throws IOException if it cannot be had or written
   */
  public void fetch(LockedPackage locked, WritableByteChannel to) throws IOException {
    fetch(locked.path(), locked.size(), locked.digest(), to);
  }

  void fetch(String path, long size, Digest digest, WritableByteChannel to) throws IOException {
    try (InputStream in =
        server.isEmpty()
            ? Files.newInputStream(file(path), StandardOpenOption.READ)
            : server.get().file(uri(path), OptionalLong.of(size), Optional.of(digest))) {
      DigestInputStream hashed = new DigestInputStream(in, Digest.sha256());
      hashed.transferTo(Channels.newOutputStream(to));
      Digest found = Digest.ofBytes(hashed.getMessageDigest().digest());
      if (!found.equals(digest)) {
        throw new DigestMismatchException(uri(path).toString(), digest, found);
      }
    }
  }

  @Override
  public String toString() {
    return root.toString();
  }

  @Override
  public void close() {
    server.ifPresent(FileServer::close);
  }
}
