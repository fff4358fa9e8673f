package dev.slipway.cli;

import dev.slipway.oci.Digest;
import dev.slipway.store.NarCache;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** Compressed NARs that were fetched, in the user's folder for caches. */
final class NarDownloads implements NarCache {
  /** As much as the layers take that are kept for scripts. */
  private static final long MOST_BYTES = 10L << 30;

  /** They are all answers to the same question: what has this hash. */
  private static final String QUESTION = "nar";

  private final ArchiveCache cache;

  NarDownloads(Session session) {
    this.cache =
        new ArchiveCache(
            session.environment().cacheHome().resolve("slipway/nars"),
            ".nar",
            MOST_BYTES,
            session.temporaryFiles());
  }

  @Override
  public InputStream open(Digest hash, Source source) throws IOException {
    if (!cache.isWritable()) {
      return source.open();
    }
    try {
      Optional<Path> known = cache.find(hash, QUESTION);
      return Files.newInputStream(known.isPresent() ? known.get() : fetched(hash, source));
    } catch (NoSuchFileException _) {
      return source.open(); // Somebody else has found that there was too much.
    }
  }

  private Path fetched(Digest hash, Source source) throws IOException {
    return cache.add(
        hash,
        QUESTION,
        out -> {
          try (InputStream in = source.open()) {
            in.transferTo(Channels.newOutputStream(out));
          }
        });
  }
}
