package dev.slipway.store;

import dev.slipway.files.TreeForm;
import dev.slipway.files.TreeSink;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * A binary cache (Nix manual, "HTTP Binary Cache Store"): a folder, as a rule of a web server, that
 * has for each path a {@link NarInfo} and a compressed NAR. What it says of a path is believed if a
 * trusted key has signed it, or if the path follows from its content; and the content must have the
 * hash that is said. What was asked once is remembered while the store is open.
 */
final class BinaryCacheStore implements Store {
  /** How many descriptions are asked for at a time: they are short, and the way may be long. */
  private static final int QUESTIONS = 16;

  /** More than the file that describes a cache needs. */
  private static final int MOST_INFO = 64 << 10;

  private final CacheFiles files;
  private final String storeDir;
  private final CacheSettings settings;
  private final ObjectPlace objects;
  private final FetchThreads questions = new FetchThreads(QUESTIONS);
  private final ConcurrentMap<String, FutureTask<Optional<NarInfo>>> answers =
      new ConcurrentHashMap<>();
  private final Set<StorePath> told = ConcurrentHashMap.newKeySet();
  private final Object room;
  private boolean known;

  /**
   * @param objects where objects are put that are fetched
   * @param room held while something is decompressed that takes much memory, by this cache and all
   *     others that share it
   */
  BinaryCacheStore(
      CacheFiles files, String storeDir, CacheSettings settings, ObjectPlace objects, Object room) {
    this.files = files;
    this.storeDir = storeDir;
    this.settings = settings;
    this.objects = objects;
    this.room = room;
  }

  @Override
  public String storeDir() {
    return storeDir;
  }

  @Override
  public String describe() {
    return "the binary cache " + files.name();
  }

  /** Makes sure that it is a binary cache, and one of this store directory. */
  private synchronized void open() throws IOException {
    if (known) {
      return;
    }
    String name = files.name() + "/nix-cache-info";
    byte[] text =
        files
            .document("nix-cache-info", MOST_INFO)
            .orElseThrow(() ->
                new ImageException(
                    files.name() + " is no binary cache: it has no file nix-cache-info"));
    String found = "";
    for (String line : new String(text, StandardCharsets.UTF_8).lines().toList()) {
      int colon = line.indexOf(':');
      if (colon < 1) {
        throw new ImageException(name + ": expected lines KEY: VALUE");
      }
      if (line.substring(0, colon).equals("StoreDir")) {
        found = line.substring(colon + 1).strip();
      }
    }
    // Without a word of it, the store directory is everybody's.
    String its = found.isEmpty() ? StoreSettings.DEFAULT_STORE_DIR : found;
    if (!its.equals(storeDir)) {
      throw new ImageException("%s: its paths are in %s, not in %s".formatted(name, its, storeDir));
    }
    known = true;
  }

  /** What the cache says of the paths with these hash parts, several asked for at a time. */
  private Map<String, NarInfo> ask(Collection<String> hashParts) throws IOException {
    open();
    List<FutureTask<Optional<NarInfo>>> tasks = new ArrayList<>();
    for (String hashPart : hashParts) {
      tasks.add(
          answers.computeIfAbsent(
              hashPart,
              _ -> {
                FutureTask<Optional<NarInfo>> task = new FutureTask<>(() -> read(hashPart));
                questions.start(task);
                return task;
              }));
    }
    FetchThreads.await(tasks);
    Map<String, NarInfo> infos = new TreeMap<>();
    for (String hashPart : hashParts) {
      NarInfo info = answer(hashPart);
      if (info != null) {
        infos.put(hashPart, info);
      }
    }
    return infos;
  }

  /** What is known already of the path with this hash part. */
  private @Nullable NarInfo answer(String hashPart) {
    FutureTask<Optional<NarInfo>> task = answers.get(hashPart);
    return task != null && task.state() == FutureTask.State.SUCCESS
        ? task.resultNow().orElse(null)
        : null;
  }

  private Optional<NarInfo> read(String hashPart) throws IOException {
    String file = hashPart + ".narinfo";
    Optional<byte[]> text = files.document(file, NarInfo.MOST_BYTES);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    String name = files.name() + "/" + file;
    NarInfo found = NarInfo.parse(text.get(), name, storeDir);
    if (!found.info().path().hashPart().equals(hashPart)) {
      throw new ImageException(name + ": it is about another path, " + found.info().path());
    }
    if (settings.keys().required()
        && contentAddress(found).isEmpty()
        && settings.keys().verify(found.fingerprint(), found.signatures())
            instanceof TrustedKeys.Verdict.Bad(var reason)) {
      throw new ImageException(
          "%s: %s cannot be trusted: %s".formatted(name, found.info().path(), reason));
    }
    return Optional.of(found);
  }

  /** How its path follows from its content, if that needs nobody's word. */
  private static Optional<ContentAddress> contentAddress(NarInfo info) {
    return info.info()
        .contentAddress()
        .flatMap(ContentAddress::parse)
        .filter(address -> address.leadsTo(info.info()));
  }

  @Override
  public Map<StorePath, PathInfo> query(Collection<StorePath> paths) throws IOException {
    Map<StorePath, PathInfo> infos = new TreeMap<>();
    if (paths.isEmpty()) {
      return infos;
    }
    Map<String, NarInfo> found = ask(paths.stream().map(StorePath::hashPart).toList());
    for (StorePath path : paths) {
      NarInfo info = found.get(path.hashPart());
      if (info != null && info.info().path().equals(path)) {
        infos.put(path, info.info());
      }
    }
    return infos;
  }

  @Override
  public Closure closure(Collection<StorePath> roots) throws IOException {
    return Closures.walk(roots, this);
  }

  @Override
  public Set<StorePath> queryHashParts(Collection<String> hashParts) throws IOException {
    Set<StorePath> paths = new TreeSet<>();
    if (!hashParts.isEmpty()) {
      ask(hashParts).values().forEach(info -> paths.add(info.info().path()));
    }
    return paths;
  }

  @Override
  public boolean hasDatabase() {
    return true;
  }

  @Override
  public List<Path> folders() {
    return objects.folders();
  }

  @Override
  public Path locate(StorePath path) {
    return objects.locate(path);
  }

  @Override
  public boolean isHere(Collection<StorePath> paths) {
    return paths.stream().allMatch(objects::has);
  }

  @Override
  public void fetch(Collection<StorePath> paths) throws IOException {
    List<ObjectPlace.Source> sources = sources(paths);
    note(sources);
    objects.fetch(sources);
  }

  @Override
  public void prefetch(Collection<StorePath> paths) throws IOException {
    List<ObjectPlace.Source> sources = sources(paths);
    note(sources);
    objects.begin(sources);
  }

  @Override
  public Map<StorePath, TreeForm.Formed> fetch(Collection<StorePath> paths, TreeForm form)
      throws IOException {
    List<ObjectPlace.Source> sources = sources(paths);
    note(sources);
    return objects.fetch(sources, form);
  }

  @Override
  public void prefetch(Collection<StorePath> paths, TreeForm form) throws IOException {
    List<ObjectPlace.Source> sources = sources(paths);
    note(sources);
    objects.begin(sources, form);
  }

  private void note(List<ObjectPlace.Source> sources) {
    for (ObjectPlace.Source source : sources) {
      StorePath path = source.info().path();
      if (!objects.has(path) && told.add(path)) {
        settings.notes().accept("fetching %s from %s".formatted(path, files.name()));
      }
    }
  }

  /** Of those that are kept also what they refer to, as far as it was asked for here. */
  private List<ObjectPlace.Source> sources(Collection<StorePath> paths) throws IOException {
    Deque<StorePath> left = new ArrayDeque<>(query(paths).keySet());
    Set<StorePath> seen = new HashSet<>(left);
    List<ObjectPlace.Source> sources = new ArrayList<>();
    while (!left.isEmpty()) {
      NarInfo info = answer(left.remove().hashPart());
      if (info == null) {
        continue;
      }
      sources.add(new Remote(info));
      if (settings.keep()) {
        for (StorePath reference : info.info().references()) {
          if (seen.add(reference)) {
            left.add(reference);
          }
        }
      }
    }
    return sources;
  }

  /** An object of this cache. */
  private final class Remote implements ObjectPlace.Source {
    private final NarInfo nar;

    Remote(NarInfo nar) {
      this.nar = nar;
    }

    @Override
    public PathInfo info() {
      return nar.info();
    }

    @Override
    public long fetch(ObjectPlace.Destination destination) throws IOException {
      try {
        return fetch(destination, NarCompression.Room.USUAL);
      } catch (NarCompression.MoreRoomException _) {
        synchronized (room) {
          return fetch(destination, NarCompression.Room.MOST);
        }
      }
    }

    private long fetch(ObjectPlace.Destination destination, NarCompression.Room given)
        throws IOException {
      String name = files.name() + "/" + nar.url();
      ContentHash sink = new ContentHash(destination.begin());
      NarReader.Found read = read(sink, name, given);
      NarHash found = read.nar();
      if (!found.equals(nar.nar())) {
        throw new ImageException(
            "%s: the NAR of %s should have the hash %s, but has %s"
                .formatted(
                    name,
                    nar.info().path(),
                    NixHash.sri(nar.nar().digest()),
                    NixHash.sri(found.digest())));
      }
      Optional<ContentAddress> address = contentAddress(nar);
      if (address.isPresent() && !address.get().isOf(found, sink.file())) {
        throw new ImageException(
            "%s: the content of %s is not what its path says".formatted(name, nar.info().path()));
      }
      return read.nodes();
    }

    private NarReader.Found read(TreeSink sink, String name, NarCompression.Room given)
        throws IOException {
      try (InputStream in = open();
          InputStream plain = nar.compression().decompress(in, name, given)) {
        NarReader.Found found = NarReader.read(plain, name, nar.nar().size(), sink);
        // Only at its end is it known to be the file that it should be.
        if (in.read() >= 0) {
          throw new ImageException(name + ": there is more behind the end of the NAR");
        }
        return found;
      }
    }

    private InputStream open() throws IOException {
      if (nar.fileHash().isEmpty() || files.isLocal()) {
        return files.file(nar.url(), nar.fileSize(), nar.fileHash());
      }
      return settings
          .downloads()
          .open(nar.fileHash().get(), () -> files.file(nar.url(), nar.fileSize(), nar.fileHash()));
    }
  }

  @Override
  public void close() throws IOException {
    try (CacheFiles _ = files;
        FetchThreads _ = questions) {
      objects.close();
    }
  }
}
