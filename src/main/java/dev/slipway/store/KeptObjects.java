package dev.slipway.store;

import dev.slipway.files.TreeForm;
import dev.slipway.files.os.FileTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
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
  private final int threads;

  /** What works at the moment; a batch has threads of its own. */
  private volatile @Nullable FetchThreads working;

  /** What was fetched, or found to be valid: other files in the store may be rubbish. */
  private final Set<StorePath> there = ConcurrentHashMap.newKeySet();

  KeptObjects(ChrootStore store, int threads) {
    this.store = store;
    this.threads = threads;
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
    Map<StorePath, Source> missing = new LinkedHashMap<>();
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

  @Override
  public void begin(Collection<Source> sources, TreeForm form) {
    begin(sources);
  }

  @Override
  public Map<StorePath, TreeForm.Formed> fetch(Collection<Source> sources, TreeForm form)
      throws IOException {
    fetch(sources);
    return Map.of();
  }

  private void add(Map<StorePath, Source> missing) throws IOException {
    // Whatever happens, the threads have ended before the folder goes that they unpack into.
    try (StoreSession.Temporary temporary = store.temporary();
        FetchThreads workers = new FetchThreads(threads)) {
      working = workers;
      List<FutureTask<Void>> tasks = new ArrayList<>();
      for (Source source : missing.values()) {
        Path copy = temporary.folder().resolve(source.info().path().baseName());
        FutureTask<Void> task =
            new FutureTask<>(() -> {
              source.fetch(() -> {
                FileTree.delete(copy);
                return new UnpackedTree(copy);
              });
              return null;
            });
        tasks.add(task);
      }
      tasks.forEach(workers::start);
      FetchThreads.await(tasks);
      for (PathInfo info :
          ReferenceOrder.of(missing.values().stream().map(Source::info).toList())) {
        store.addUnpacked(info, temporary.folder().resolve(info.path().baseName()));
      }
    }
  }

  @Override
  public void close() {
    FetchThreads workers = working;
    if (workers != null) {
      workers.close();
    }
  }
}
