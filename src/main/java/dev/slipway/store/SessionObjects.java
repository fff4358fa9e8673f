package dev.slipway.store;

import dev.slipway.files.TreeForm;
import dev.slipway.files.os.FileTree;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Objects in a folder that goes when the work is done: as files, or in other forms. Each is fetched
 * once as files and once in each form, and appears when it is known to be what it should be.
 */
final class SessionObjects implements ObjectPlace {
  /** What no object is called. */
  private static final String UNFINISHED = "unfinished-";

  private final Path unpacked;
  private final Path formed;
  private final FetchThreads threads;
  private final ConcurrentMap<StorePath, FutureTask<Path>> trees = new ConcurrentHashMap<>();
  private final ConcurrentMap<Wanted, FutureTask<Optional<TreeForm.Formed>>> forms =
      new ConcurrentHashMap<>();
  private final AtomicInteger count = new AtomicInteger();

  /** An object in a form. */
  private record Wanted(StorePath path, TreeForm form) {}

  SessionObjects(Path folder, int threads) {
    this.unpacked = folder.resolve("unpacked");
    this.formed = folder.resolve("formed");
    this.threads = new FetchThreads(threads);
  }

  @Override
  public List<Path> folders() {
    return List.of(unpacked);
  }

  @Override
  public Path locate(StorePath path) {
    return unpacked.resolve(path.baseName());
  }

  @Override
  public boolean has(StorePath path) {
    FutureTask<Path> task = trees.get(path);
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

  @Override
  public void begin(Collection<Source> sources, TreeForm form) {
    for (Source source : sources) {
      FutureTask<Optional<TreeForm.Formed>> _ = task(source, form);
    }
  }

  @Override
  public Map<StorePath, TreeForm.Formed> fetch(Collection<Source> sources, TreeForm form)
      throws IOException {
    Map<StorePath, FutureTask<Optional<TreeForm.Formed>>> tasks = new HashMap<>();
    for (Source source : sources) {
      tasks.put(source.info().path(), task(source, form));
    }
    FetchThreads.await(tasks.values());
    Map<StorePath, TreeForm.Formed> there = new HashMap<>();
    tasks.forEach((path, task) -> task.resultNow().ifPresent(it -> there.put(path, it)));
    return there;
  }

  private FutureTask<Path> task(Source source) {
    return task(trees, source.info().path(), () -> unpack(source));
  }

  /** Gives nothing if the object is there as files. */
  private FutureTask<Optional<TreeForm.Formed>> task(Source source, TreeForm form) {
    return task(forms, new Wanted(source.info().path(), form), () -> form(source, form));
  }

  private <K, V> FutureTask<V> task(
      ConcurrentMap<K, FutureTask<V>> tasks, K key, Callable<V> work) {
    List<FutureTask<V>> begun = new ArrayList<>(1);
    FutureTask<V> task =
        tasks.computeIfAbsent(
            key,
            _ -> {
              FutureTask<V> made = new FutureTask<>(work);
              begun.add(made);
              return made;
            });
    begun.forEach(threads::start);
    return task;
  }

  private Path unpack(Source source) throws IOException {
    Files.createDirectories(unpacked);
    // A sibling of where it belongs: a directory that may not be written to keeps its parent.
    Path unfinished = unpacked.resolve(UNFINISHED + count.incrementAndGet());
    try {
      source.fetch(() -> {
        FileTree.delete(unfinished);
        return new UnpackedTree(unfinished);
      });
      return Files.move(unfinished, locate(source.info().path()), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | RuntimeException e) {
      FileTree.delete(unfinished);
      throw e;
    }
  }

  private Optional<TreeForm.Formed> form(Source source, TreeForm form) throws IOException {
    String path = source.info().path().toString();
    if (trees.containsKey(source.info().path())) {
      return asFiles(source);
    }
    Files.createDirectories(formed);
    int number = count.incrementAndGet();
    Path unfinished = formed.resolve(UNFINISHED + number);
    try {
      long nodes;
      try (FileChannel out =
          FileChannel.open(unfinished, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
        nodes = source.fetch(() -> form.begin(path, new NamedChannel(out.truncate(0), unfinished)));
      }
      Path whole = formed.resolve(Integer.toString(number));
      Files.move(unfinished, whole, StandardCopyOption.ATOMIC_MOVE);
      return Optional.of(new TreeForm.Formed(whole, nodes));
    } catch (TreeForm.UnfitException _) {
      Files.delete(unfinished);
      return asFiles(source);
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(unfinished);
      throw e;
    }
  }

  /** Has an object unpacked instead. */
  private Optional<TreeForm.Formed> asFiles(Source source) throws IOException {
    FutureTask<Path> task =
        trees.computeIfAbsent(source.info().path(), _ -> new FutureTask<>(() -> unpack(source)));
    // Here, unless another thread is at it: one that waited for a free one might do so for ever.
    task.run();
    FetchThreads.await(List.of(task));
    return Optional.empty();
  }

  @Override
  public void close() {
    threads.close();
  }
}
