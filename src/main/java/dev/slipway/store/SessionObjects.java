package dev.slipway.store;

import dev.slipway.files.os.FileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;

/** Objects in a folder that goes when the work is done. Each is fetched once. */
final class SessionObjects implements ObjectPlace {
  /** What no object is called. */
  private static final String UNFINISHED = "unfinished-";

  private final Path folder;
  private final FetchThreads threads;
  private final ConcurrentMap<StorePath, FutureTask<Path>> tasks = new ConcurrentHashMap<>();
  private final AtomicInteger count = new AtomicInteger();

  SessionObjects(Path folder, int threads) {
    this.folder = folder;
    this.threads = new FetchThreads(threads);
  }

  @Override
  public List<Path> folders() {
    return List.of(folder);
  }

  @Override
  public Path locate(StorePath path) {
    return folder.resolve(path.baseName());
  }

  @Override
  public boolean has(StorePath path) {
    FutureTask<Path> task = tasks.get(path);
    return task != null && task.state() == FutureTask.State.SUCCESS;
  }

  @Override
  public void begin(Collection<Source> sources) {
    for (Source source : sources) {
      FutureTask<Path> _ = task(source);
    }
  }

  @Override
  public void fetch(Collection<Source> sources) throws IOException {
    FetchThreads.await(sources.stream().map(this::task).toList());
  }

  private FutureTask<Path> task(Source source) {
    List<FutureTask<Path>> begun = new ArrayList<>(1);
    FutureTask<Path> task =
        tasks.computeIfAbsent(
            source.info().path(),
            _ -> {
              FutureTask<Path> made = new FutureTask<>(() -> make(source));
              begun.add(made);
              return made;
            });
    begun.forEach(threads::start);
    return task;
  }

  private Path make(Source source) throws IOException {
    Files.createDirectories(folder);
    // A sibling of where it belongs: a directory that may not be written to keeps its parent.
    Path unfinished = folder.resolve(UNFINISHED + count.incrementAndGet());
    try {
      source.unpack(unfinished);
      return Files.move(unfinished, locate(source.info().path()), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | RuntimeException e) {
      FileTree.delete(unfinished);
      throw e;
    }
  }

  @Override
  public void close() {
    threads.close();
  }
}
