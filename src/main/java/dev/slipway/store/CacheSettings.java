package dev.slipway.store;

import dev.slipway.http.HttpSettings;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * How binary caches are used.
 *
 * @param http how their servers are spoken to
 * @param keys whose word is taken for what they say
 * @param downloads keeps compressed NARs from one run to the next
 * @param objects a folder for the objects that are needed, which need not be there yet and is to be
 *     deleted when the store is closed
 * @param keep whether those objects are added to the store that builds add to instead, with all
 *     that they refer to
 * @param threads how many objects are fetched at a time, at least 1
 * @param notes is told what is fetched, one line each time
 */
public record CacheSettings(
    HttpSettings http,
    TrustedKeys keys,
    NarCache downloads,
    Path objects,
    boolean keep,
    int threads,
    Consumer<String> notes) {
  /** Refuses less than one thread. */
  public CacheSettings {
    if (threads < 1) {
      throw new IllegalArgumentException(threads + " threads");
    }
  }
}
