package dev.slipway.layer;

import dev.slipway.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;

/**
 * A {@link DigestCache} in a file, which is a hash table: the key says which bucket of a kibibyte
 * an entry lies in, so nothing is loaded or rewritten, and the file never outgrows 16 MiB. It has
 * holes where there are no entries.
 *
 * <p>Each entry carries a checksum over itself and the version of this format. What does not fit,
 * whether damaged, half-written, of another version or no entry at all, counts as empty. So
 * processes need no lock, and a cache that cannot be read or written is just no help.
 */
public final class FileDigestCache implements DigestCache {
  private static final byte[] VERSION =
      "slipway digest cache 1".getBytes(StandardCharsets.US_ASCII);
  private static final int BUCKETS = 16384;
  private static final int BUCKET = 1024;
  private static final int HASH = 32;
  private static final int CHECKED = 2 * HASH + 2 * Long.BYTES;
  private static final int CHECKSUM = 8;
  private static final int ENTRY = CHECKED + CHECKSUM;
  private static final int ENTRIES = BUCKET / ENTRY;

  private final Path file;

  /** The cache in {@code file}, which is made with the first entry, as is its folder. */
  public FileDigestCache(Path file) {
    this.file = file;
  }

  @Override
  public Optional<Measurement> get(Digest key) {
    byte[] wanted = key.toBytes();
    if (!Files.isRegularFile(file)) {
      return Optional.empty(); // To open a pipe would be to wait.
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      byte[] bucket = read(channel, wanted);
      int at = find(bucket, wanted);
      if (at < 0) {
        return Optional.empty();
      }
      byte[] digest = Arrays.copyOfRange(bucket, at + HASH, at + 2 * HASH);
      ByteBuffer numbers = ByteBuffer.wrap(bucket).position(at + 2 * HASH);
      return Optional.of(
          new Measurement(Digest.ofBytes(digest), numbers.getLong(), numbers.getLong()));
    } catch (IOException e) {
      return Optional.empty(); // No help today.
    }
  }

  @Override
  public void put(Digest key, Measurement measurement) {
    byte[] wanted = key.toBytes();
    ByteBuffer entry = ByteBuffer.allocate(ENTRY);
    entry.put(wanted).put(measurement.digest().toBytes()).putLong(measurement.size());
    entry.putLong(measurement.entries());
    entry.put(checksum(entry.array(), 0)).flip();
    try {
      Path folder = file.getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      if (Files.exists(file) && !Files.isRegularFile(file)) {
        return;
      }
      try (FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        long at = position(wanted) + place(read(channel, wanted), wanted);
        while (entry.hasRemaining()) {
          at += channel.write(entry, at);
        }
      }
    } catch (IOException e) {
      // The next run measures again.
    }
  }

  private static long position(byte[] key) {
    return (long) Math.floorMod(ByteBuffer.wrap(key).getInt(), BUCKETS) * BUCKET;
  }

  /** The bucket of this key; zeros where the file has no bytes. */
  private static byte[] read(FileChannel channel, byte[] key) throws IOException {
    ByteBuffer bucket = ByteBuffer.allocate(BUCKET);
    long at = position(key);
    while (bucket.hasRemaining() && channel.read(bucket, at + bucket.position()) >= 0) {
      // Once is enough as a rule.
    }
    return bucket.array();
  }

  /** Where in the bucket the entry of this key begins; -1 if it is not there. */
  private static int find(byte[] bucket, byte[] key) {
    for (int i = 0; i < ENTRIES; i++) {
      int at = i * ENTRY;
      if (Arrays.equals(bucket, at, at + HASH, key, 0, HASH) && isWhole(bucket, at)) {
        return at;
      }
    }
    return -1;
  }

  /** Where to put this key: over its old entry, on a free place, or over one that has to go. */
  private static int place(byte[] bucket, byte[] key) {
    int old = find(bucket, key);
    if (old >= 0) {
      return old;
    }
    for (int i = 0; i < ENTRIES; i++) {
      if (!isWhole(bucket, i * ENTRY)) {
        return i * ENTRY;
      }
    }
    return (key[HASH - 1] & 0xff) % ENTRIES * ENTRY;
  }

  private static boolean isWhole(byte[] bucket, int at) {
    return Arrays.equals(bucket, at + CHECKED, at + ENTRY, checksum(bucket, at), 0, CHECKSUM);
  }

  private static byte[] checksum(byte[] bucket, int at) {
    MessageDigest digest = Digest.sha256();
    digest.update(VERSION);
    digest.update(bucket, at, CHECKED);
    return Arrays.copyOf(digest.digest(), CHECKSUM);
  }
}
