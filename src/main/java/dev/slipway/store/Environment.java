package dev.slipway.store;

import dev.slipway.files.DirectoryEntry;
import dev.slipway.files.FileStatus;
import dev.slipway.files.RawName;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Joins packages as nixpkgs' {@code buildEnv} does: what only one of them has is a link to it, be
 * it a file or a whole directory; a directory that several have is made and its entries joined. Two
 * different files of one name are an error. Packages that a package propagates to its users'
 * environments come after all others, and yield to them.
 */
final class Environment {
  /** What packages hold for other builders only. */
  private static final Set<String> LEFT_OUT = Set.of("propagated-build-inputs", "nix-support");

  private static final Pattern SPACES = Pattern.compile("\\s+");
  private static final Set<String> LEFT_OUT_EVERYWHERE = Set.of("perllocal.pod", "log");

  private final StoreFiles files;
  private final List<String> pathsToLink;

  /** What belongs at each path below the root, {@code /} before each component. */
  private final Map<RawName, Entry> entries = new TreeMap<>();

  private final Set<String> done = new HashSet<>();
  private Set<String> propagated = new TreeSet<>();

  /**
   * What belongs at one path.
   *
   * @param target the logical path to link to; null for a directory
   * @param propagated whether a propagated package has it
   */
  private record Entry(@Nullable RawName target, boolean propagated) {}

  private Environment(Store store, List<String> pathsToLink) {
    this.files = new StoreFiles(store);
    this.pathsToLink = pathsToLink;
  }

  /**
   * The environment of {@code packages}, which are logical paths in {@code store}.
   *
   * @param pathsToLink what is taken of them: paths that start with a slash
   * @throws ImageException if two packages collide or one is no directory
   */
  static NarNode.Directory of(Store store, List<String> packages, List<String> pathsToLink)
      throws IOException {
    Environment environment = new Environment(store, pathsToLink);
    environment.addDirectoriesToLink();
    for (String path : packages) {
      environment.addPackage(path, false);
    }
    while (!environment.propagated.isEmpty()) {
      Set<String> next = environment.propagated;
      environment.propagated = new TreeSet<>();
      for (String path : next) {
        environment.addPackage(path, true);
      }
    }
    return environment.toNode();
  }

  private void addDirectoriesToLink() {
    RawName root = RawName.of("");
    entries.put(root, new Entry(null, false));
    for (String path : pathsToLink) {
      RawName at = root;
      for (String component : path.split("/", -1)) {
        if (!component.isEmpty()) {
          at = LinkFarm.child(at, RawName.of(component));
          entries.put(at, new Entry(null, false));
        }
      }
    }
  }

  private void addPackage(String path, boolean isPropagated) throws IOException {
    if (!done.add(path)) {
      return;
    }
    RawName logical = RawName.of(path);
    if (real(logical, FileStatus.Kind.DIRECTORY).isEmpty()) {
      throw new ImageException(
          "cannot put " + path + " into an environment: it is not a directory");
    }
    add(RawName.of(""), logical, RawName.of(""), isPropagated);
    RawName list = RawName.of(path + "/nix-support/propagated-user-env-packages");
    Optional<Path> real = files.real(list);
    if (real.isPresent()) {
      String words = Files.readString(real.get(), StandardCharsets.ISO_8859_1);
      SPACES.splitAsStream(words).filter(word -> !word.isEmpty()).forEach(propagated::add);
    }
  }

  private void add(RawName at, RawName target, RawName name, boolean isPropagated)
      throws IOException {
    if (isLeftOut(at.toString(), name.toString()) || !isOnTheWay(at.toString())) {
      return;
    }
    Entry old = entries.get(at);
    if (old == null) {
      entries.put(at, new Entry(target, isPropagated));
      return;
    }
    RawName oldTarget = old.target;
    if (oldTarget != null) {
      Optional<Path> oldReal = files.real(oldTarget);
      if (oldReal.isPresent() && oldReal.equals(files.real(target))) {
        return;
      }
      if (isPropagated && !old.propagated && !isDirectory(oldTarget)) {
        return;
      }
    }
    if (!isDirectory(target) || (oldTarget != null && !isDirectory(oldTarget))) {
      if (isPropagated || (oldTarget != null && sameFile(oldTarget, target))) {
        return;
      }
      throw new ImageException(
          "collision between "
              + target
              + " and "
              + (oldTarget == null ? "the directory " + at + " of others" : oldTarget.toString()));
    }
    if (oldTarget != null) {
      entries.put(at, new Entry(null, old.propagated));
      addAll(at, oldTarget, old.propagated);
    }
    addAll(at, target, isPropagated);
  }

  private static boolean isLeftOut(String at, String name) {
    return (at.startsWith("/") && LEFT_OUT.contains(at.substring(1)))
        || at.endsWith("info/dir")
        || (at.startsWith("/share/mime/") && !at.startsWith("/share/mime/packages"))
        || LEFT_OUT_EVERYWHERE.contains(name);
  }

  /**
   * Whether something is linked at, below or above this place: what else packages hold is theirs.
   */
  private boolean isOnTheWay(String at) {
    return isToLink(at)
        || pathsToLink.stream()
            .anyMatch(wanted -> wanted.startsWith(at + "/") || wanted.equals(at));
  }

  private void addAll(RawName at, RawName directory, boolean isPropagated) throws IOException {
    Optional<Path> real = files.real(directory);
    if (real.isPresent()) {
      for (DirectoryEntry entry : DirectoryEntry.list(real.get())) {
        add(
            LinkFarm.child(at, entry.name()),
            LinkFarm.child(directory, entry.name()),
            entry.name(),
            isPropagated);
      }
    }
  }

  private boolean isDirectory(RawName logical) throws IOException {
    return real(logical, FileStatus.Kind.DIRECTORY).isPresent();
  }

  private Optional<Path> real(RawName logical, FileStatus.Kind kind) throws IOException {
    Optional<Path> real = files.real(logical);
    return real.isPresent() && FileStatus.of(real.get()).kind() == kind ? real : Optional.empty();
  }

  private boolean sameFile(RawName one, RawName other) throws IOException {
    Optional<Path> a = real(one, FileStatus.Kind.REGULAR);
    Optional<Path> b = real(other, FileStatus.Kind.REGULAR);
    return a.isPresent()
        && b.isPresent()
        && FileStatus.of(a.get()).mode() == FileStatus.of(b.get()).mode()
        && Files.mismatch(a.get(), b.get()) < 0;
  }

  private NarNode.Directory toNode() {
    MutableTree root = new MutableTree();
    for (Map.Entry<RawName, Entry> entry : entries.entrySet()) {
      if (isToLink(entry.getKey().toString())) {
        put(root, entry.getKey(), entry.getValue().target);
      }
    }
    return root.toNode();
  }

  private boolean isToLink(String at) {
    String path = at.isEmpty() ? "/" : at;
    return pathsToLink.stream()
        .anyMatch(
            wanted -> wanted.equals("/") || path.equals(wanted) || path.startsWith(wanted + "/"));
  }

  private static void put(MutableTree root, RawName at, @Nullable RawName target) {
    List<RawName> components = components(at);
    MutableTree tree = root;
    int directories = target == null ? components.size() : components.size() - 1;
    for (int i = 0; i < directories && tree != null; i++) {
      tree = tree.directory(components.get(i));
    }
    if (tree != null && target != null && !components.isEmpty()) {
      tree.putIfAbsent(components.getLast(), new NarNode.Symlink(target));
    }
  }

  private static List<RawName> components(RawName at) {
    List<RawName> components = new ArrayList<>();
    byte[] bytes = at.toBytes();
    int from = 1;
    for (int i = 1; i <= bytes.length; i++) {
      if (i == bytes.length || bytes[i] == '/') {
        components.add(RawName.ofBytes(Arrays.copyOfRange(bytes, from, i)));
        from = i + 1;
      }
    }
    return components;
  }
}
