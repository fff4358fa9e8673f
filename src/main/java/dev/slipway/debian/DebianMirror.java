package dev.slipway.debian;

import dev.slipway.http.HttpSettings;
import dev.slipway.http.client.FileServer;
import dev.slipway.http.client.StatusException;
import dev.slipway.oci.Digest;
import dev.slipway.oci.DigestMismatchException;
import dev.slipway.oci.ImageException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A mirror of Debian's archives: {@code debian} and {@code debian-security} are folders of it, or
 * the latter of another one, as Debian installs itself. It is a server or, as a {@code file:}
 * address, a folder of this machine.
 */
public final class DebianMirror implements Closeable {
  private static final String SECURITY = "debian-security/";

  /** What means itself in an address; servers differ in what they make of the others. */
  private static final String PLAIN =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/";

  private final Place main;
  private final Place security;

  /** The mirror at {@code root}, which is asked for nothing yet. */
  public DebianMirror(URI root, HttpSettings settings) {
    this.main = Place.at(root, settings);
    this.security = main;
  }

  /**
   * The mirror at {@code root}, but for {@code debian-security}, which is a folder of {@code
   * security}. Neither is asked for anything yet.
   */
  public DebianMirror(URI root, URI security, HttpSettings settings) {
    this.main = Place.at(root, settings);
    this.security = root.equals(security) ? main : Place.at(security, settings);
  }

  /**
   * Where files are.
   *
   * @param root the address that their paths follow
   * @param server what is behind it; empty for a folder of this machine
   */
  private record Place(URI root, Optional<FileServer> server) {
    static Place at(URI root, HttpSettings settings) {
      return new Place(
          root,
          "file".equals(root.getScheme())
              ? Optional.empty()
              : Optional.of(new FileServer(root, Optional.empty(), settings)));
    }

    URI uri(String path) {
      String text = root.toString();
      String base = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
      StringBuilder escaped = new StringBuilder(base).append('/');
      for (byte each : path.getBytes(StandardCharsets.UTF_8)) {
        char c = (char) (each & 0xff);
        if (PLAIN.indexOf(c) >= 0) {
          escaped.append(c);
        } else {
          escaped.append('%').append(HexFormat.of().toHexDigits(each));
        }
      }
      return URI.create(escaped.toString());
    }

    Path file(String path) {
      return Path.of(root).resolve(path);
    }
  }

  private Place place(String path) {
    return path.startsWith(SECURITY) ? security : main;
  }

  /** Whether nobody on the way to this file can change what it says. */
  boolean isPrivate(String path) {
    return List.of("file", "https").contains(place(path).root().getScheme());
  }

  /** What a file or folder is called in messages. */
  String name(String path) {
    return place(path).root() + "/" + path;
  }

  /**
   * A short file; empty if there is none.
   *
   * @throws ImageException if it is too large
   */
  Optional<byte[]> document(String path, int most) throws IOException {
    Place place = place(path);
    if (place.server().isEmpty()) {
      try (InputStream in = Files.newInputStream(place.file(path))) {
        byte[] bytes = in.readNBytes(most + 1);
        if (bytes.length > most) {
          throw new ImageException(place.file(path) + ": larger than " + most + " bytes");
        }
        return Optional.of(bytes);
      } catch (NoSuchFileException _) {
        return Optional.empty();
      }
    }
    return place.server().get().document(place.uri(path), most);
  }

  /**
   * Copies a package's file.
   *
   * @throws DigestMismatchException if it is another than it should be
   * @throws ImageException if it is not there
   * @throws IOException if it cannot be had or written
   */
  public void fetch(LockedPackage locked, WritableByteChannel to) throws IOException {
    fetch(locked.path(), locked.size(), locked.digest(), to);
  }

  void fetch(String path, long size, Digest digest, WritableByteChannel to) throws IOException {
    Place place = place(path);
    try (InputStream in =
        place.server().isEmpty()
            ? Files.newInputStream(place.file(path), StandardOpenOption.READ)
            : place
                .server()
                .get()
                .file(place.uri(path), OptionalLong.of(size), Optional.of(digest))) {
      DigestInputStream hashed = new DigestInputStream(in, Digest.sha256());
      hashed.transferTo(Channels.newOutputStream(to));
      Digest found = Digest.ofBytes(hashed.getMessageDigest().digest());
      if (!found.equals(digest)) {
        throw new DigestMismatchException(place.uri(path).toString(), digest, found);
      }
    } catch (NoSuchFileException e) {
      throw missing(place, path, e);
    } catch (StatusException e) {
      throw e.status() == 404 || e.status() == 410 ? missing(place, path, e) : e;
    }
  }

  private static ImageException missing(Place place, String path, IOException cause) {
    return new ImageException(
        place.uri(path)
            + ": the mirror does not have it, or no longer: pin what it has now, or name a mirror"
            + " that keeps what is old",
        cause);
  }

  @Override
  public String toString() {
    return main.root().toString();
  }

  @Override
  public void close() {
    main.server().ifPresent(FileServer::close);
    security.server().ifPresent(FileServer::close);
  }
}
