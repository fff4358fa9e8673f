package dev.slipway.transport;

import dev.slipway.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which file this is and when its bytes were written, so that what they are need not be found out
 * again as long as it stays the same. The kernel changes the change time with every byte, and lets
 * nobody set it.
 *
 * @param path the file
 * @param attributes what the kernel says of it
 */
record FileIdentity(Path path, Map<String, Object> attributes) {
  private static final String WANTED = "unix:dev,ino,size,lastModifiedTime,ctime";

  /**
   * Changes within the grain of a file system's clock cannot be told from one another. Of those
   * that are in use, two seconds is the coarsest.
   */
  static final Duration GRAIN = Duration.ofSeconds(2);

  static FileIdentity of(Path path) throws IOException {
    return new FileIdentity(path, Map.copyOf(Files.readAttributes(path, WANTED)));
  }

  /** Whether the file is still the same. */
  boolean holds() throws IOException {
    return equals(of(path));
  }

  /**
   * A name for what lies in the file.
   *
   * @param now what time it is for the kernel
   * @param grain how long ago the last change must be
   * @param what tells apart what is said of the file
   * @return nothing if the file was changed so recently that a further change might not show
   */
  Optional<Digest> key(Instant now, Duration grain, String what) {
    if (!(attributes.get("ctime") instanceof FileTime changed)
        || !changed.toInstant().plus(grain).isBefore(now)) {
      return Optional.empty();
    }
    StringBuilder text = new StringBuilder(what);
    for (String name : new TreeMap<>(attributes).keySet()) {
      text.append('\n').append(name).append(' ').append(attributes.get(name));
    }
    return Optional.of(Digest.of(text.toString().getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * What time it is for the kernel.
   *
   * @param scratch a folder, in which a file that is made tells it
   */
  static Instant now(Path scratch) throws IOException {
    Path made = Files.createTempFile(scratch, ".slipway-", ".now");
    try {
      return Files.getLastModifiedTime(made).toInstant();
    } finally {
      Files.delete(made);
    }
  }
}
