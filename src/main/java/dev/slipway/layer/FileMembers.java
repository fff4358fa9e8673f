package dev.slipway.layer;

import dev.slipway.files.DirectoryEntry;
import dev.slipway.files.FileStatus;
import dev.slipway.files.RawName;
import dev.slipway.files.os.ManyFiles;
import dev.slipway.layer.EntryTable.Row;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.PythonText;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The members of a layer of store paths. The first walk through the files leaves a table from which
 * the later ones are made; where memory does not suffice for one, each walk looks at the files.
 */
final class FileMembers implements Members {
  private static final RawName NONE = RawName.of("");

  /**
   * As Python sorts: by code points, in which a byte that is not UTF-8 stands behind most other
   * characters. For valid names that is their byte order.
   */
  private static final Comparator<DirectoryEntry> PYTHON_ORDER =
      Comparator.comparing(
          entry -> PythonText.decode(entry.name().toBytes()).codePoints().toArray(),
          Arrays::compare);

  private final String description;
  private final List<Member> leading;
  private final List<Root> roots;
  private final Stamp stamp;
  private final Budget memory;
  private volatile @Nullable EntryTable table;
  private volatile boolean storeModes;

  /** A file that is a member by the name of {@code name}, a directory with all below. */
  private record Root(RawName name, Path file) {}

  /** What is the same in all headers. */
  private record Stamp(StoreLayer.Owner owner, long mtime) {
    TarHeader header(RawName name, Row row) {
      boolean regular = row.type() == TarHeader.Type.REGULAR;
      long rdev = regular ? 0 : row.size();
      return new TarHeader(
          row.type(),
          name,
          row.mode(),
          owner.uid(),
          owner.gid(),
          owner.userName(),
          owner.groupName(),
          regular ? row.size() : 0,
          mtime,
          row.target(),
          Devices.major(rdev),
          Devices.minor(rdev));
    }
  }

  FileMembers(StoreLayer layer, Budget memory) {
    this.description =
        layer.roots().stream().map(StoreLayer.Root::archivePath).collect(Collectors.joining(", "));
    this.stamp = new Stamp(layer.owner(), layer.mtime());
    this.leading = leading(layer.storeDir(), stamp);
    this.roots =
        layer.roots().stream()
            .map(root -> new Root(RawName.of(root.archivePath()), root.file()))
            .toList();
    this.memory = memory;
  }

  @Override
  public TarDialect dialect() {
    return TarDialect.PAX;
  }

  @Override
  public String describe() {
    return description;
  }

  @Override
  public boolean remembered() {
    return table != null;
  }

  @Override
  public boolean haveStoreModes() {
    return storeModes;
  }

  @Override
  public Cursor open(long skipped) throws IOException {
    EntryTable known = table;
    if (known != null) {
      return new Replay(known, skipped);
    }
    Cursor walk = new Walk();
    for (long i = 0; i < skipped && walk.next() != null; i++) {
      // A walk cannot start in the middle.
    }
    return walk;
  }

  /** The directories that lead to the store, from the top. */
  private static List<Member> leading(String storeDir, Stamp stamp) {
    List<Member> members = new ArrayList<>();
    for (int end = 1; end > 0; ) {
      end = storeDir.indexOf('/', end + 1);
      String path = end < 0 ? storeDir : storeDir.substring(0, end);
      Row row = new Row(0, NONE, TarHeader.Type.DIRECTORY, 0755, 0, 0, NONE);
      members.add(new Member(stamp.header(RawName.of(path + "/"), row), Content.NONE));
    }
    return List.copyOf(members);
  }

  /** The type of the member that a file of this kind is. */
  static TarHeader.Type type(FileStatus.Kind kind) {
    return switch (kind) {
      case REGULAR -> TarHeader.Type.REGULAR;
      case DIRECTORY -> TarHeader.Type.DIRECTORY;
      case SYMLINK -> TarHeader.Type.SYMLINK;
      case FIFO -> TarHeader.Type.FIFO;
      case CHARACTER_DEVICE -> TarHeader.Type.CHARACTER_DEVICE;
      case BLOCK_DEVICE -> TarHeader.Type.BLOCK_DEVICE;
      case SOCKET -> throw new IllegalArgumentException("a tar holds no sockets");
    };
  }

  private static boolean isStoreMode(TarHeader.Type type, int mode) {
    return switch (type) {
      case REGULAR -> mode == 0444 || mode == 0555;
      case DIRECTORY -> mode == 0555;
      case SYMLINK -> true;
      case FIFO, CHARACTER_DEVICE, BLOCK_DEVICE, HARDLINK -> false;
    };
  }

  /** A directory whose children are being gone through. */
  private record Level(int row, RawName prefix, Path path, Iterator<DirectoryEntry> children) {}

  /** What both ways of going through the members share. */
  private abstract class Steps implements Cursor {
    final Deque<Level> levels = new ArrayDeque<>();
    int led;

    @Override
    public final @Nullable Member next() throws IOException {
      return led < leading.size() ? leading.get(led++) : step();
    }

    abstract @Nullable Member step() throws IOException;

    /** The member of {@code row}; a directory is entered. */
    final Member enter(int index, Row row, Path path, Iterator<DirectoryEntry> children) {
      Level level = levels.peek();
      RawName name = level == null ? row.name() : level.prefix().append(row.name());
      if (row.type() == TarHeader.Type.DIRECTORY) {
        name = name.append(RawName.of("/"));
        levels.push(new Level(index, name, path, children));
      }
      Content content =
          row.type() == TarHeader.Type.REGULAR
              ? new SourceFile(path, row.size(), row.modified())
              : Content.NONE;
      return new Member(stamp.header(name, row), content);
    }
  }

  /** Looks at the files, and leaves the table if it gets to the end. */
  private final class Walk extends Steps {
    private final Iterator<Root> remaining = roots.iterator();
    private @Nullable EntryTable found = new EntryTable();
    private long taken;
    private int rootsSeen;
    private boolean asInStore = true;

    @Override
    @Nullable Member step() throws IOException {
      while (true) {
        Level level = levels.peek();
        if (level == null) {
          if (!remaining.hasNext()) {
            table = found;
            storeModes = asInStore;
            return null;
          }
          Root root = remaining.next();
          return look(root.name(), root.file(), -1 - rootsSeen++);
        }
        if (level.children().hasNext()) {
          DirectoryEntry child = level.children().next();
          return look(child.name(), child.path(), level.row());
        }
        levels.pop();
      }
    }

    private Member look(RawName name, Path path, int parent) throws IOException {
      try {
        FileStatus status = ManyFiles.status(path);
        if (status.kind() == FileStatus.Kind.SOCKET) {
          throw new ImageException(path + " is a socket, which no layer can hold");
        }
        TarHeader.Type type = type(status.kind());
        long size =
            switch (type) {
              case REGULAR -> status.size();
              case CHARACTER_DEVICE, BLOCK_DEVICE -> status.rdev();
              case DIRECTORY, SYMLINK, FIFO, HARDLINK -> 0;
            };
        RawName target = type == TarHeader.Type.SYMLINK ? RawName.linkTarget(path) : NONE;
        Row row = new Row(parent, name, type, status.mode(), size, status.modified(), target);
        asInStore &= isStoreMode(type, status.mode());
        Iterator<DirectoryEntry> children =
            status.isDirectory() ? children(path) : Collections.emptyIterator();
        return enter(record(row), row, path, children);
      } catch (NoSuchFileException e) {
        throw new ImageException(path + " does not exist", e);
      } catch (AccessDeniedException e) {
        throw new ImageException(path + " cannot be read: permission denied", e);
      }
    }

    private int record(Row row) {
      if (found == null) {
        return 0;
      }
      if (!memory.take(row.cost())) {
        memory.give(taken);
        found = null;
        return 0;
      }
      taken += row.cost();
      return found.add(row);
    }
  }

  /** Repeats from the table what the walk has seen. */
  private final class Replay extends Steps {
    private final EntryTable rows;
    private int at;

    Replay(EntryTable rows, long skipped) {
      this.rows = rows;
      this.led = (int) Math.min(skipped, leading.size());
      this.at = (int) Math.min(skipped - led, rows.rows());
      if (at > 0 && at < rows.rows()) {
        descend(rows.row(at).parent());
      }
    }

    /** Enters the directory that {@code index} is the row of, and before it those above. */
    private void descend(int index) {
      if (index >= 0) {
        Row row = rows.row(index);
        descend(row.parent());
        enter(index, row, path(row), Collections.emptyIterator());
      }
    }

    @Override
    @Nullable Member step() {
      if (at == rows.rows()) {
        return null;
      }
      Row row = rows.row(at);
      while (!levels.isEmpty() && levels.element().row() != row.parent()) {
        levels.pop();
      }
      return enter(at++, row, path(row), Collections.emptyIterator());
    }

    private Path path(Row row) {
      Level level = levels.peek();
      return level == null
          ? roots.get(-1 - row.parent()).file()
          : row.name().resolveIn(level.path());
    }
  }

  private static Iterator<DirectoryEntry> children(Path directory) throws IOException {
    List<DirectoryEntry> entries = DirectoryEntry.list(directory);
    for (DirectoryEntry entry : entries) {
      if (!entry.name().isAscii()) {
        entries.sort(PYTHON_ORDER);
        break;
      }
    }
    return entries.iterator();
  }
}
