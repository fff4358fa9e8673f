package dev.slipway.store;

import dev.slipway.files.os.FileTree;
import dev.slipway.files.os.SystemCalls;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A store in Nix's layout and with Nix's database, locks and roots, so that Nix can work on it at
 * the same time. It is opened for reading; only the first addition makes it a party to the locks.
 */
final class ChrootStore implements WritableStore {
  private final StoreLayout layout;
  private final InstantSource clock;
  private final DatabaseStore store;
  private final SqliteFile file;
  private final NixDatabaseWriter writer;
  private @Nullable StoreSession session;

  ChrootStore(StoreLayout layout, InstantSource clock) {
    this.layout = layout;
    this.clock = clock;
    this.store = new DatabaseStore(layout);
    this.file = new SqliteFile(layout.database(), SqliteFile.Access.WRITING);
    this.writer = new NixDatabaseWriter(file);
  }

  @Override
  public String storeDir() {
    return layout.storeDir();
  }

  @Override
  public Path locate(StorePath path) {
    return layout.locate(path);
  }

  @Override
  public Map<StorePath, PathInfo> query(Collection<StorePath> paths) throws IOException {
    return store.query(paths);
  }

  @Override
  public Closure closure(Collection<StorePath> roots) throws IOException {
    return store.closure(roots);
  }

  @Override
  public Set<StorePath> queryHashParts(Collection<String> hashParts) throws IOException {
    return store.queryHashParts(hashParts);
  }

  @Override
  public boolean hasDatabase() {
    return store.hasDatabase();
  }

  @Override
  public List<Path> folders() {
    return store.folders();
  }

  @Override
  public List<StoreFault> verify(boolean checkContents) throws IOException {
    return store.verify(checkContents);
  }

  @Override
  public StorePath addPath(String name, Path source) throws IOException {
    return addTree(name, new NarNode.OnDisk(source), Set.of());
  }

  @Override
  public StorePath addText(String name, String text, Collection<StorePath> references)
      throws IOException {
    checkName(name);
    Digest content = Digest.of(text.getBytes(StandardCharsets.UTF_8));
    StorePath path = StorePaths.text(storeDir(), name, content, references);
    String contentAddress = "text:" + Hashes.base32(content);
    return add(NarNode.Regular.of(text, false), references, _ -> new Address(path, contentAddress));
  }

  @Override
  public StorePath addTree(String name, NarNode tree, Collection<StorePath> references)
      throws IOException {
    checkName(name);
    return add(
        tree,
        references,
        nar ->
            new Address(
                StorePaths.fixedRecursive(storeDir(), name, nar.digest(), references, false),
                "fixed:r:" + Hashes.base32(nar.digest())));
  }

  /** Those of {@code paths} that are valid and whose objects are there. */
  Set<StorePath> validObjects(Collection<StorePath> paths) throws IOException {
    Set<StorePath> valid = new TreeSet<>(store.query(paths).keySet());
    valid.removeIf(path -> !Files.exists(locate(path), LinkOption.NOFOLLOW_LINKS));
    return valid;
  }

  /** A new folder beside the objects, for what is unpacked before it is added. */
  StoreSession.Temporary temporary() throws IOException {
    return session().makeTemporary();
  }

  /**
   * Makes an object valid that is known to be what {@code info} says, unless it is valid already.
   *
   * @param copy where it lies, in a folder of {@link #temporary}
   * @throws IOException if the store cannot be written
   */
  void addUnpacked(PathInfo info, Path copy) throws IOException {
    StoreSession active = session();
    active.keep(List.of(info.path()));
    sync(copy);
    try (PathLock _ = PathLock.acquire(locate(info.path()))) {
      if (!isValid(info.path())) {
        move(copy, locate(info.path()));
        writer.register(info, clock.instant());
      }
    }
  }

  private static void checkName(String name) throws ImageException {
    String fault = StorePath.nameFault(name);
    if (fault != null) {
      throw new ImageException("'" + name + "' cannot be the name of a store path: " + fault);
    }
  }

  /** Where an object belongs, and how that follows from its content. */
  private record Address(StorePath path, String contentAddress) {}

  /** What the address of an object with a certain NAR is. */
  private interface Addressing {
    Address of(NarHash nar);
  }

  private StorePath add(NarNode node, Collection<StorePath> references, Addressing addressing)
      throws IOException {
    StorePath expected = addressing.of(Nar.hash(node)).path();
    StoreSession active = session();
    active.keep(List.of(expected));
    if (isValid(expected)) {
      return expected;
    }
    try (StoreSession.Temporary temporary = active.makeTemporary()) {
      Path copy = temporary.folder().resolve("x");
      NarHash nar = Nar.copy(node, copy);
      // The source may have changed since it was hashed: only what was copied counts.
      Address address = addressing.of(nar);
      active.keep(List.of(address.path()));
      sync(copy);
      try (PathLock _ = PathLock.acquire(locate(address.path()))) {
        if (!isValid(address.path())) {
          move(copy, locate(address.path()));
          register(address, nar, references);
        }
      }
      return address.path();
    }
  }

  private void register(Address address, NarHash nar, Collection<StorePath> references)
      throws IOException {
    writer.register(
        new PathInfo(
            address.path(),
            Optional.of(nar),
            new TreeSet<>(references),
            Optional.empty(),
            Optional.of(address.contentAddress())),
        clock.instant());
  }

  private boolean isValid(StorePath path) throws IOException {
    return store.query(path).isPresent() && Files.exists(locate(path), LinkOption.NOFOLLOW_LINKS);
  }

  private static void sync(Path copy) throws IOException {
    if (Files.isDirectory(copy, LinkOption.NOFOLLOW_LINKS)) {
      SystemCalls.syncFileSystem(copy);
    } else if (Files.isRegularFile(copy, LinkOption.NOFOLLOW_LINKS)) {
      force(copy);
    }
  }

  private static void force(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private void move(Path copy, Path object) throws IOException {
    FileTree.delete(object); // An interrupted addition or collection left it.
    boolean directory = Files.isDirectory(copy, LinkOption.NOFOLLOW_LINKS);
    if (directory) {
      FileTree.makeWritable(copy); // Only who may write to a directory may give it a new parent.
    }
    Files.move(copy, object, StandardCopyOption.ATOMIC_MOVE);
    if (directory) {
      NarWriter.canonicaliseDirectory(object);
    }
    force(layout.objects());
  }

  @Override
  public void keep(Collection<StorePath> paths) throws IOException {
    session().keep(paths);
  }

  @Override
  public Collected gc() throws IOException {
    return new StoreCollector(layout, store, writer).collect();
  }

  private synchronized StoreSession session() throws IOException {
    if (session == null) {
      session = StoreSession.begin(layout, writer);
      writer.expectStoreDir(layout.storeDir());
    }
    return session;
  }

  @Override
  public synchronized void close() throws IOException {
    try (DatabaseStore _ = store;
        SqliteFile _ = file) {
      if (session != null) {
        session.close();
        session = null;
      }
    }
  }
}
