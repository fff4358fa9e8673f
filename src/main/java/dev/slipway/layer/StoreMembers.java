package dev.slipway.layer;

import dev.slipway.files.DirectoryEntry;
import dev.slipway.files.FileStatus;
import dev.slipway.files.RawName;
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
 * The members of a {@link StoreLayer}. The first walk through the files leaves a table from which
 * the later ones are made; where memory does not suffice for one, each walk looks at the files.
 */
final class StoreMembers implements Members {
  private static final RawName NONE = RawName.of("");

  private final StoreLayer layer;
  private final Budget memory;
  private final List<Member> leading;
  private volatile @Nullable EntryTable table;

  StoreMembers(StoreLayer layer, Budget memory) {
    this.layer = layer;
    this.memory = memory;
    this.leading = leading();
  }

  @Override
  public TarDialect dialect() {
    return TarDialect.PAX;
  }

  @Override
  public String describe() {
    return layer.roots().stream()
        .map(StoreLayer.Root::archivePath)
        .collect(Collectors.joining(", "));
  }

  @Override
  public boolean remembered() {
    return table != null;
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
  private List<Member> leading() {
    List<Member> members = new ArrayList<>();
    String path = layer.storeDir();
    for (int end = path.indexOf('/', 1); end >= 0; end = path.indexOf('/', end + 1)) {
      members.add(directory(path.substring(0, end)));
    }
    members.add(directory(path));
    return List.copyOf(members);
  }

  private Member directory(String path) {
    Row row = new Row(0, NONE, TarHeader.Type.DIRECTORY, 0755, 0, 0, NONE);
    return new Member(header(RawName.of(path + "/"), row), Content.NONE);
  }

  private TarHeader header(RawName name, Row row) {
    StoreLayer.Owner owner = layer.owner();
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
        layer.mtime(),
        row.target(),
        Devices.major(rdev),
        Devices.minor(rdev));
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
      return new Member(header(name, row), content);
    }
  }

  /** Looks at the files, and leaves the table if it gets to the end. */
  private final class Walk extends Steps {
    private final Iterator<StoreLayer.Root> roots = layer.roots().iterator();
    private @Nullable EntryTable found = new EntryTable();
    private long taken;
    private int rootsSeen;

    @Override
    @Nullable Member step() throws IOException {
      while (true) {
        Level level = levels.peek();
        if (level == null) {
          if (roots.hasNext()) {
            StoreLayer.Root root = roots.next();
            return look(RawName.of(root.archivePath()), root.file(), -1 - rootsSeen++);
          }
          table = found;
          return null;
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
        FileStatus status = FileStatus.of(path);
        TarHeader.Type type = type(status, path);
        Iterator<DirectoryEntry> children =
            status.isDirectory() ? children(path).iterator() : Collections.emptyIterator();
        RawName target = type == TarHeader.Type.SYMLINK ? RawName.linkTarget(path) : NONE;
        long size =
            switch (type) {
              case REGULAR -> status.size();
              case CHARACTER_DEVICE, BLOCK_DEVICE -> status.rdev();
              case DIRECTORY, SYMLINK, FIFO, HARDLINK -> 0;
            };
        Row row = new Row(parent, name, type, status.mode(), size, status.modified(), target);
        return enter(record(row), row, path, children);
      } catch (NoSuchFileException e) {
        throw new ImageException(path + " does not exist", e);
      } catch (AccessDeniedException e) {
        throw new ImageException(path + " cannot be read: permission denied", e);
      }
    }

    private TarHeader.Type type(FileStatus status, Path path) throws ImageException {
      return switch (status.kind()) {
        case REGULAR -> TarHeader.Type.REGULAR;
        case DIRECTORY -> TarHeader.Type.DIRECTORY;
        case SYMLINK -> TarHeader.Type.SYMLINK;
        case FIFO -> TarHeader.Type.FIFO;
        case CHARACTER_DEVICE -> TarHeader.Type.CHARACTER_DEVICE;
        case BLOCK_DEVICE -> TarHeader.Type.BLOCK_DEVICE;
        case SOCKET -> throw new ImageException(path + " is a socket, which no layer can hold");
      };
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
          ? layer.roots().get(-1 - row.parent()).file()
          : row.name().resolveIn(level.path());
    }
  }

  /**
   * The entries of a directory as Python sorts them: by code points, in which a byte that is not
   * UTF-8 stands behind most other characters. For valid names that is their byte order.
   */
  private static List<DirectoryEntry> children(Path directory) throws IOException {
    List<DirectoryEntry> entries = DirectoryEntry.list(directory);
    if (!entries.stream().allMatch(entry -> entry.name().isAscii())) {
      entries.sort(
          Comparator.comparing(
              entry -> PythonText.decode(entry.name().toBytes()).codePoints().toArray(),
              Arrays::compare));
    }
    return entries;
  }
}
