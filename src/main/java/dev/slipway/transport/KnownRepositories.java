package dev.slipway.transport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.slipway.oci.Digest;
import dev.slipway.oci.RepositoryName;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Remembers which repositories were given which blobs, so that a registry can be asked to share
 * them. It is no more than a hint: what cannot be read counts for nothing, and the registry has the
 * last word. A file of one line for each, to which processes append without a lock.
 */
final class KnownRepositories {
  private static final long MOST_BYTES = 4 << 20;

  private final Path file;
  private @Nullable Map<Digest, Set<RepositoryName>> known;

  KnownRepositories(Path file) {
    this.file = file;
  }

  /** Repositories of this registry that were given this blob, the last one first. */
  synchronized List<RepositoryName> of(String domain, Digest blob) {
    List<RepositoryName> repositories = new ArrayList<>();
    for (RepositoryName repository : known().getOrDefault(blob, Set.of())) {
      if (repository.domain().equals(domain)) {
        repositories.addFirst(repository);
      }
    }
    return repositories;
  }

  /** Takes note that a repository has these blobs. */
  synchronized void add(RepositoryName repository, Collection<Digest> blobs) {
    StringBuilder lines = new StringBuilder();
    for (Digest blob : blobs) {
      if (known().computeIfAbsent(blob, _ -> new LinkedHashSet<>()).add(repository)) {
        lines.append(blob).append(' ').append(repository).append('\n');
      }
    }
    if (lines.isEmpty()) {
      return;
    }
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      boolean full = Files.isRegularFile(file) && Files.size(file) > MOST_BYTES;
      try (FileChannel channel =
          FileChannel.open(
              file,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              full ? StandardOpenOption.TRUNCATE_EXISTING : StandardOpenOption.APPEND)) {
        // What another left half-written ends before these.
        channel.write(ByteBuffer.wrap(("\n" + lines).getBytes(UTF_8)));
      }
    } catch (IOException e) {
      // The next push sends what it might have mounted.
    }
  }

  private Map<Digest, Set<RepositoryName>> known() {
    if (known == null) {
      known = new HashMap<>();
      try {
        // Every byte is a sign there: what is damaged costs its own line only.
        if (Files.isRegularFile(file) && Files.size(file) <= 2 * MOST_BYTES) {
          Files.readString(file, ISO_8859_1).lines().forEach(line -> read(line, known));
        }
      } catch (IOException e) {
        // As if nothing was known.
      }
    }
    return known;
  }

  private static void read(String line, Map<Digest, Set<RepositoryName>> known) {
    int space = line.indexOf(' ');
    try {
      known
          .computeIfAbsent(
              Digest.parse(line.substring(0, Math.max(0, space))), _ -> new LinkedHashSet<>())
          .add(RepositoryName.parse(line.substring(space + 1)));
    } catch (IllegalArgumentException e) {
      // Damaged, or half-written.
    }
  }
}
