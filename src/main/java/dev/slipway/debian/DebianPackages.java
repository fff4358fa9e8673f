package dev.slipway.debian;

import dev.slipway.files.os.FileTree;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import dev.slipway.store.NarNode;
import dev.slipway.store.Store;
import dev.slipway.store.StorePath;
import dev.slipway.store.TrivialBuilders;
import dev.slipway.store.WritableStore;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Makes store paths of Debian packages: one of each, which refers to those that it needs, and one
 * that joins them to the tree that they would be installed as. Packages that need each other share
 * one, since references between store paths form no circle.
 */
public final class DebianPackages {
  /** Changes with how packages are laid out, and with what they are remembered by. */
  private static final String LAYOUT = "2";

  private static final int FILES_AT_A_TIME = 4;

  private static final List<String> MERGED =
      List.of("bin", "sbin", "lib", "lib32", "lib64", "libx32");

  private final WritableStore store;
  private final Store all;
  private final Source source;
  private final Memory memory;
  private final Path temporary;

  /** Where packages are had from. */
  @FunctionalInterface
  public interface Source {
    /**
     * The file of a package, which is the one that is pinned. Several are asked for at a time.
     *
     * @throws IOException if it cannot be had
     */
    Path file(LockedPackage locked) throws IOException;
  }

  /** Remembers which store path packages became. */
  public interface Memory {
    /** What was remembered for this key. */
    Optional<String> get(Digest key) throws IOException;

    /** Remembers a store path; that it is forgotten does no harm. */
    void put(Digest key, String path) throws IOException;
  }

  /**
   * Adds packages to a store.
   *
   * @param store the store
   * @param all it and the stores that it may refer to
   * @param temporary a folder for a while
   */
  public DebianPackages(
      WritableStore store, Store all, Source source, Memory memory, Path temporary) {
    this.store = store;
    this.all = all;
    this.source = source;
    this.memory = memory;
    this.temporary = temporary;
  }

  /**
   * Adds packages, and what joins them.
   *
   * @param name what follows the hash part of that
   * @throws ImageException if a package is not what it should be
   * @throws IOException if one cannot be had or added
   */
  public StorePath add(String name, LockedPackages locked) throws IOException {
    NavigableMap<String, LockedPackage> packages = new TreeMap<>();
    locked.packages().forEach(each -> packages.put(each.name(), each));
    List<Group> groups = groups(packages);
    fetch(groups);
    Map<String, StorePath> paths = new HashMap<>();
    for (Group group : groups) {
      Set<StorePath> references = new TreeSet<>();
      group.needs().forEach(need -> references.add(Objects.requireNonNull(paths.get(need))));
      StorePath path = group.known().isPresent() ? group.known().get() : add(group, references);
      group.members().forEach(member -> paths.put(member.name(), path));
    }
    // Of two files of one name that of the package that was asked for counts.
    Set<StorePath> joined = new LinkedHashSet<>();
    for (String asked : locked.request().packages()) {
      StorePath path = paths.get(asked);
      if (path == null) {
        throw new ImageException("the Debian package " + asked + " is not locked");
      }
      joined.add(path);
    }
    packages
        .keySet()
        .forEach(each -> joined.add(paths.getOrDefault(each, joined.iterator().next())));
    List<String> parts = new ArrayList<>();
    parts.add(root(joined).toString());
    joined.forEach(path -> parts.add(path.toString()));
    return new TrivialBuilders(store, all, joined).symlinkJoin(name, parts);
  }

  /**
   * Packages that share a store path.
   *
   * @param needs the names of others that they need
   * @param key what they are remembered by: it changes with anything that their path depends on
   * @param known the path, if they are remembered and it is there
   */
  private record Group(
      List<LockedPackage> members, Set<String> needs, Digest key, Optional<StorePath> known) {}

  /** The packages in groups, each after those that it needs. */
  private List<Group> groups(NavigableMap<String, LockedPackage> packages) throws IOException {
    Map<String, Digest> keys = new HashMap<>();
    List<Group> groups = new ArrayList<>();
    for (List<LockedPackage> members : PackageGroups.of(packages)) {
      Set<String> needs = new TreeSet<>();
      for (LockedPackage member : members) {
        for (String need : member.needs()) {
          if (!packages.containsKey(need)) {
            throw new ImageException(
                "the Debian package %s needs %s, which is not locked"
                    .formatted(member.name(), need));
          }
          needs.add(need);
        }
      }
      members.forEach(member -> needs.remove(member.name()));
      StringBuilder question = new StringBuilder(LAYOUT + "\n" + store.storeDir() + "\n");
      question.append(name(members)).append('\n');
      members.forEach(member ->
          question.append(member.name()).append(' ').append(member.digest()).append('\n'));
      needs.stream().map(keys::get).distinct().forEach(key -> question.append(key).append('\n'));
      Digest key = Digest.of(question.toString().getBytes(StandardCharsets.UTF_8));
      members.forEach(member -> keys.put(member.name(), key));
      groups.add(new Group(members, needs, key, known(key)));
    }
    return groups;
  }

  private Optional<StorePath> known(Digest key) throws IOException {
    Optional<StorePath> known = memory.get(key).flatMap(this::parsed);
    if (known.isPresent()) {
      store.keep(List.of(known.get()));
      if (store.query(known.get()).isPresent()) {
        return known;
      }
    }
    return Optional.empty();
  }

  /** Has the files of packages that are not known at hand, a few fetched at a time. */
  private void fetch(List<Group> groups) throws IOException {
    List<Callable<Path>> files = new ArrayList<>();
    for (Group group : groups) {
      if (group.known().isEmpty()) {
        group.members().forEach(member -> files.add(() -> source.file(member)));
      }
    }
    try (ExecutorService workers =
        Executors.newFixedThreadPool(FILES_AT_A_TIME, Thread.ofVirtual().factory())) {
      CompletionService<Path> fetched = new ExecutorCompletionService<>(workers);
      files.forEach(fetched::submit);
      try {
        for (int i = 0; i < files.size(); i++) {
          fetched.take().get();
        }
      } catch (ExecutionException e) {
        workers.shutdownNow();
        throw e.getCause() instanceof IOException fault ? fault : new IOException(e.getCause());
      } catch (InterruptedException e) {
        workers.shutdownNow();
        Thread.currentThread().interrupt();
        throw (IOException) new InterruptedIOException("fetching was stopped").initCause(e);
      }
    }
  }

  private StorePath add(Group group, Set<StorePath> references) throws IOException {
    Path spool = Files.createTempDirectory(temporary, "deb-");
    try {
      PackageTree tree = new PackageTree();
      for (LockedPackage member : group.members()) {
        DebFile.read(
            source.file(member),
            member.name() + " " + member.version(),
            spool.resolve(member.name()),
            tree);
      }
      StorePath path = store.addTree(name(group.members()), tree.toNode(), references);
      memory.put(group.key(), path.toString());
      return path;
    } finally {
      FileTree.delete(spool);
    }
  }

  /** What was remembered; what is damaged was never known. */
  private Optional<StorePath> parsed(String remembered) {
    try {
      return Optional.of(StorePath.parse(store.storeDir(), remembered));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  private static String name(List<LockedPackage> group) {
    String names = String.join("-", group.stream().map(LockedPackage::name).toList());
    String name = (names + "-" + group.getFirst().version()).replaceAll("[^A-Za-z0-9+._?=-]", "_");
    return name.length() > StorePath.MAX_NAME_LENGTH
        ? name.substring(0, StorePath.MAX_NAME_LENGTH)
        : name;
  }

  /** What no package has, but every Debian system. */
  private StorePath root(Set<StorePath> packages) throws IOException {
    Map<String, NarNode> entries = new TreeMap<>();
    for (String name : MERGED) {
      if (isIn(packages, "usr/" + name)) {
        entries.put(name, NarNode.Symlink.to("usr/" + name));
      }
    }
    Map<String, NarNode> users = new TreeMap<>();
    for (String name : List.of("passwd", "group")) {
      String master = "usr/share/base-passwd/" + name + ".master";
      if (isIn(packages, master)) {
        users.put(name, NarNode.Symlink.to("/" + master));
      }
    }
    if (!users.isEmpty()) {
      entries.put("etc", NarNode.Directory.of(users));
    }
    return store.addTree("debian-root", NarNode.Directory.of(entries), List.of());
  }

  private boolean isIn(Set<StorePath> packages, String place) {
    return packages.stream()
        .anyMatch(path -> Files.exists(all.locate(path).resolve(place), LinkOption.NOFOLLOW_LINKS));
  }
}
