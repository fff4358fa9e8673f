package dev.slipway.store;

import dev.slipway.files.FileStatus;
import dev.slipway.files.RawName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Follows links in a store by its logical paths, wherever its objects lie on this machine, and
 * never out of it: what a builder in Nix's sandbox would find there.
 */
final class StoreFiles {
  /** As many links as Linux follows. */
  private static final int MAX_LINKS = 40;

  private final Store store;

  StoreFiles(Store store) {
    this.store = store;
  }

  /**
   * Where the file lies that the logical path {@code path} leads to, all links followed; empty if
   * it leads nowhere or out of the store.
   */
  Optional<Path> real(RawName path) throws IOException {
    String prefix = store.storeDir() + "/";
    Deque<RawName> pending = new ArrayDeque<>();
    if (!descend(prefix, path, pending)) {
      return Optional.empty();
    }
    @Nullable Path root = null; // of the object that current lies in
    @Nullable Path current = null; // null in the store directory itself
    int links = 0;
    while (!pending.isEmpty()) {
      RawName name = pending.removeFirst();
      String text = name.toString();
      if (text.equals("..")) {
        if (current == null) {
          return Optional.empty();
        }
        current = current.equals(root) ? null : current.getParent();
        continue;
      }
      Path next;
      if (current == null) {
        Optional<Path> object = object(text);
        if (object.isEmpty()) {
          return object;
        }
        next = object.get();
      } else {
        next = name.resolveIn(current);
      }
      FileStatus status;
      try {
        status = FileStatus.of(next);
      } catch (NoSuchFileException _) {
        return Optional.empty();
      }
      if (status.kind() == FileStatus.Kind.SYMLINK) {
        RawName target = RawName.linkTarget(next);
        boolean absolute = target.length() > 0 && target.at(0) == '/';
        if (++links > MAX_LINKS || !descend(absolute ? prefix : "", target, pending)) {
          return Optional.empty();
        }
        current = absolute ? null : current;
      } else {
        root = current == null ? next : root;
        current = next;
      }
    }
    return Optional.ofNullable(current);
  }

  private Optional<Path> object(String baseName) throws IOException {
    try {
      StorePath path = new StorePath(store.storeDir(), baseName);
      store.fetch(Set.of(path));
      return Optional.of(store.locate(path));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /** Puts the components of {@code path} below {@code prefix} before the pending ones. */
  private static boolean descend(String prefix, RawName path, Deque<RawName> pending) {
    byte[] bytes = path.toBytes();
    byte[] start = prefix.getBytes(StandardCharsets.UTF_8);
    if (bytes.length < start.length
        || !Arrays.equals(bytes, 0, start.length, start, 0, start.length)) {
      return false;
    }
    List<RawName> components = new ArrayList<>();
    int from = start.length;
    for (int i = from; i <= bytes.length; i++) {
      if (i == bytes.length || bytes[i] == '/') {
        RawName name = RawName.ofBytes(Arrays.copyOfRange(bytes, from, i));
        if (name.length() > 0 && !name.toString().equals(".")) {
          components.add(name);
        }
        from = i + 1;
      }
    }
    components.reversed().forEach(pending::addFirst);
    return true;
  }
}
