package dev.slipway.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * Objects that stay, in the store that builds add to: unpacked several at a time, and made valid
 * each after those that it refers to.
 */
final class KeptObjects implements ObjectPlace {
  private final ChrootStore store;
  private final FetchThreads threads;

  /** What was fetched, or found to be valid: other files in the store may be rubbish. */
  private final Set<StorePath> there = ConcurrentHashMap.newKeySet();

  KeptObjects(ChrootStore store, int threads) {
    this.store = store;
    this.threads = new FetchThreads(threads);
  }

  @Override
  public List<Path> folders() {
    return store.folders();
  }

  @Override
  public Path locate(StorePath path) {
    return store.locate(path);
  }

  @Override
  public boolean has(StorePath path) {
    return there.contains(path);
  }

  @Override
  public void begin(Collection<Source> sources) {
    // They are added in the order of their references, all of a batch.
  }

  @Override
  public synchronized void fetch(Collection<Source> sources) throws IOException {
    Map<StorePath, Source> missing = new HashMap<>();
    for (Source source : sources) {
      missing.put(source.info().path(), source);
    }
    store.keep(missing.keySet());
    missing.keySet().removeAll(store.validObjects(missing.keySet()));
    if (!missing.isEmpty()) {
      add(missing);
    }
    sources.forEach(source -> there.add(source.info().path()));
  }

  private void add(Map<StorePath, Source> missing) throws IOException {
    try (StoreSession.Temporary temporary = store.temporary()) {
      List<FutureTask<Void>> tasks = new ArrayList<>();
      for (Source source : missing.values()) {
        Path copy = temporary.folder().resolve(source.info().path().baseName());
        FutureTask<Void> task =
            new FutureTask<>(() -> {
              source.unpack(copy);
              return null;
            });
        tasks.add(task);
      }
      tasks.forEach(threads::start);
      awaitAll(tasks);
      for (PathInfo info :
          ReferenceOrder.of(missing.values().stream().map(Source::info).toList())) {
        store.addUnpacked(info, temporary.folder().resolve(info.path().baseName()));
      }
    }
  }

  /** Waits for the others too if one has failed: their folder is about to be deleted. */
  private static void awaitAll(List<FutureTask<Void>> tasks) throws IOException {
    @Nullable IOException first = null;
    for (FutureTask<Void> task : tasks) {
      try {
        FetchThreads.await(List.of(task));
      } catch (IOException e) {
        first = first == null ? e : first;
      }
    }
    if (first != null) {
      throw first;
    }
  }

  @Override
  public void close() {
    threads.close();
  }
}
