package dev.slipway.layer;

import dev.slipway.files.FileStatus;
import dev.slipway.files.RawName;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * Follows paths and symbolic links as the image sees them through a store that may lie elsewhere:
 * name by name, as the kernel does, because an absolute link must be followed to where the store
 * is. Nothing but the store is looked at.
 */
final class StoreLinks {
  /** As many as Linux follows on the way to one file (path_resolution(7)). */
  static final int MOST = 40;

  /** NAME_MAX of Linux: the kernel does not even look for longer names. */
  private static final int MOST_NAME = 255;

  private static final RawName HERE = RawName.of(".");
  private static final RawName PARENT = RawName.of("..");

  private final String storeDir;
  private final List<RawName> store;
  private final LinkJoin.Objects objects;

  /** What a path leads to. */
  sealed interface Destination {
    /**
     * A file in the store.
     *
     * @param place its path as the image sees it, without links
     * @param location where it lies
     * @param status what it is; never a symbolic link
     */
    record Inside(Place place, Path location, FileStatus status) implements Destination {}

    /** Somewhere else. */
    enum Nowhere implements Destination {
      /** The store's directory itself. */
      STORE,
      /** A place outside the store's directory. */
      OUTSIDE,
      /** There is no such file. */
      MISSING,
      /** There are more links on the way than are followed. */
      TOO_MANY_LINKS
    }
  }

  /** A path from the root, as its names. */
  record Place(List<RawName> names) {
    private static final RawName SLASH = RawName.of("/");

    /** Copies the list. */
    Place {
      names = List.copyOf(names);
    }

    /** The place of {@code name} in this directory. */
    Place child(RawName name) {
      List<RawName> longer = new ArrayList<>(names);
      longer.add(name);
      return new Place(longer);
    }

    /** Whether {@code other} is this place or lies below it. */
    boolean holds(Place other) {
      return other.names.size() >= names.size()
          && other.names.subList(0, names.size()).equals(names);
    }

    @Override
    public String toString() {
      RawName path = RawName.of("");
      for (RawName name : names) {
        path = path.append(SLASH).append(name);
      }
      return path.toString();
    }
  }

  /**
   * @param storeDir the store's directory as the image sees it
   * @param objects tells where its objects lie
   */
  StoreLinks(String storeDir, LinkJoin.Objects objects) {
    this.storeDir = storeDir;
    this.store = split(RawName.of(storeDir));
    this.objects = objects;
  }

  /**
   * The directory that {@code path} leads to.
   *
   * @throws ImageException if it leads to none, or out of the store
   */
  Destination.Inside directory(String path) throws IOException {
    return switch (follow(new Place(List.of()), RawName.of(path))) {
      case Destination.Inside inside when inside.status().isDirectory() -> inside;
      case Destination.Inside _ -> throw new ImageException(path + " is not a directory");
      case Destination.Nowhere.MISSING -> throw new ImageException(path + " does not exist");
      case Destination.Nowhere.TOO_MANY_LINKS ->
          throw new ImageException(path + " leads through too many symbolic links");
      case Destination.Nowhere.STORE, Destination.Nowhere.OUTSIDE ->
          throw new ImageException(path + " does not lead to a directory inside " + storeDir);
    };
  }

  /** What {@code path}, perhaps the target of a link in {@code directory}, leads to. */
  Destination follow(Place directory, RawName path) throws IOException {
    Deque<RawName> left = new ArrayDeque<>(split(path));
    List<RawName> at = new ArrayList<>(isAbsolute(path) ? List.of() : directory.names());
    int links = 0;
    while (!left.isEmpty()) {
      step(at, left.remove());
      int above = Math.min(at.size(), store.size());
      if (!at.subList(0, above).equals(store.subList(0, above))) {
        return Destination.Nowhere.OUTSIDE;
      }
      if (at.size() == above) {
        continue;
      }
      if (at.getLast().length() > MOST_NAME) {
        return Destination.Nowhere.MISSING;
      }
      Path location;
      FileStatus status;
      try {
        location = locate(at);
        status = FileStatus.of(location);
      } catch (NoSuchFileException e) {
        return Destination.Nowhere.MISSING;
      } catch (AccessDeniedException e) {
        throw new ImageException(new Place(at) + " cannot be read: permission denied", e);
      }
      if (status.kind() == FileStatus.Kind.SYMLINK) {
        if (++links > MOST) {
          return Destination.Nowhere.TOO_MANY_LINKS;
        }
        RawName target = RawName.linkTarget(location);
        at.removeLast();
        if (isAbsolute(target)) {
          at.clear();
        }
        split(target).reversed().forEach(left::addFirst);
      } else if (!status.isDirectory() && !left.isEmpty()) {
        return Destination.Nowhere.MISSING;
      }
    }
    if (at.size() <= store.size()) {
      return at.size() == store.size() ? Destination.Nowhere.STORE : Destination.Nowhere.OUTSIDE;
    }
    Path found = locate(at);
    return new Destination.Inside(new Place(at), found, FileStatus.of(found));
  }

  private static void step(List<RawName> at, RawName name) {
    if (name.equals(PARENT)) {
      if (!at.isEmpty()) {
        at.removeLast();
      }
    } else if (!name.equals(HERE)) {
      at.add(name);
    }
  }

  private Path locate(List<RawName> at) throws IOException {
    Path path = objects.locate(storeDir + "/" + at.get(store.size()));
    for (RawName name : at.subList(store.size() + 1, at.size())) {
      path = name.resolveIn(path);
    }
    return path;
  }

  static boolean isAbsolute(RawName path) {
    return path.length() > 0 && path.at(0) == '/';
  }

  /** The names between the slashes. */
  static List<RawName> split(RawName path) {
    byte[] bytes = path.toBytes();
    List<RawName> names = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= bytes.length; i++) {
      if (i == bytes.length || bytes[i] == '/') {
        if (i > start) {
          names.add(RawName.ofBytes(Arrays.copyOfRange(bytes, start, i)));
        }
        start = i + 1;
      }
    }
    return names;
  }
}
