package dev.slipway.store;

import dev.slipway.http.client.FileServer;
import dev.slipway.http.client.StatusException;
import dev.slipway.oci.Digest;
import dev.slipway.oci.DigestMismatchException;
import dev.slipway.oci.ImageException;
import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.OptionalLong;

/** The files of a binary cache, wherever they are. */
sealed interface CacheFiles extends Closeable {
  /** What the cache is called in messages: its address, without secrets. */
  String name();

  /** Whether they lie on this machine. */
  boolean isLocal();

  /**
   * A short file; empty if there is none.
   *
   * @param file its name
   * @param most how many bytes it may have
   * @throws ImageException if it is too large
   * @throws IOException if it cannot be read
   */
  Optional<byte[]> document(String file, int most) throws IOException;

  /**
   * A long file, to be closed. Its end is reached only if it has this size and this digest, as far
   * as they are known.
   *
   * @param url where it lies in the cache
   * @throws ImageException if there is none
   * @throws IOException if it cannot be read
   */
  InputStream file(String url, OptionalLong size, Optional<Digest> digest) throws IOException;

  /** Those of this cache. */
  static CacheFiles of(StoreLocation.BinaryCache cache, CacheSettings settings) {
    URI address = cache.address();
    return address.getScheme().equals("file")
        ? new Folder(Path.of(address))
        : new Web(address, new FileServer(address, cache.authorization(), settings.http()));
  }

  /**
   * A folder of this machine.
   *
   * @param folder the folder
   */
  record Folder(Path folder) implements CacheFiles {
    @Override
    public String name() {
      return "file://" + folder;
    }

    @Override
    public boolean isLocal() {
      return true;
    }

    /** Opens a file; of what is none, reading might not end. */
    private InputStream open(String file) throws IOException {
      Path path = folder.resolve(file);
      if (Files.exists(path) && !Files.isRegularFile(path)) {
        throw new ImageException(path + ": is no ordinary file");
      }
      return Files.newInputStream(path);
    }

    @Override
    public Optional<byte[]> document(String file, int most) throws IOException {
      try (InputStream in = open(file)) {
        byte[] bytes = in.readNBytes(most + 1);
        if (bytes.length > most) {
          throw new ImageException(
              "%s: larger than the %d bytes that are allowed"
                  .formatted(folder.resolve(file), most));
        }
        return Optional.of(bytes);
      } catch (NoSuchFileException _) {
        return Optional.empty();
      }
    }

    @Override
    public InputStream file(String url, OptionalLong size, Optional<Digest> digest)
        throws IOException {
      Path file = folder.resolve(url);
      try {
        return new Checked(open(url), file.toString(), size, digest);
      } catch (NoSuchFileException e) {
        throw new ImageException(file + ": the cache has no such file", e);
      }
    }

    @Override
    public void close() {}
  }

  /**
   * A folder of a web server.
   *
   * @param address its address
   * @param server the server
   */
  record Web(URI address, FileServer server) implements CacheFiles {
    @Override
    public String name() {
      String text = address.toString();
      return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    }

    @Override
    public boolean isLocal() {
      return false;
    }

    private URI at(String url) {
      return URI.create(name() + "/" + url);
    }

    @Override
    public Optional<byte[]> document(String file, int most) throws IOException {
      return server.document(at(file), most);
    }

    @Override
    public InputStream file(String url, OptionalLong size, Optional<Digest> digest)
        throws IOException {
      try {
        return server.file(at(url), size, digest);
      } catch (StatusException e) {
        if (e.status() == 404 || e.status() == 410) {
          throw new ImageException(e.uri() + ": the cache has no such file", e);
        }
        throw e;
      }
    }

    @Override
    public void close() {
      server.close();
    }
  }

  /** Counts and hashes what is read, and takes offence in place of an end that is not right. */
  final class Checked extends FilterInputStream {
    private final String name;
    private final OptionalLong size;
    private final Optional<Digest> digest;
    private final MessageDigest hash = Digest.sha256();
    private long total;
    private boolean ended;

    Checked(InputStream in, String name, OptionalLong size, Optional<Digest> digest) {
      super(in);
      this.name = name;
      this.size = size;
      this.digest = digest;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int start, int length) throws IOException {
      int count = in.read(target, start, length);
      if (count > 0) {
        hash.update(target, start, count);
        total += count;
      } else if (count < 0 && !ended) {
        ended = true;
        if (size.isPresent() && size.getAsLong() != total) {
          throw new ImageException(
              "%s: expected %d bytes, found %d".formatted(name, size.getAsLong(), total));
        }
        Digest found = Digest.ofBytes(hash.digest());
        if (digest.isPresent() && !digest.get().equals(found)) {
          throw new DigestMismatchException(name, digest.get(), found);
        }
      }
      return count;
    }

    @Override
    public long skip(long count) throws IOException {
      throw new UnsupportedOperationException("what is skipped is not hashed");
    }
  }
}
