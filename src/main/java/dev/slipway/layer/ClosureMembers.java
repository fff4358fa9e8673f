package dev.slipway.layer;

import dev.slipway.files.DirectoryEntry;
import dev.slipway.files.FileStatus;
import dev.slipway.files.FileSummary;
import dev.slipway.files.RawName;
import dev.slipway.layer.EntryTable.Row;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The members of a {@link ClosureLayer}. The first walk leaves a table from which the later ones
 * are made, unless memory does not suffice for one.
 */
final class ClosureMembers implements Members {
  private static final RawName NONE = RawName.of("");
  private static final RawName SLASH = RawName.of("/");
  private static final int DIRECTORY_MODE = 0555;

  private final ClosureLayer layer;
  private final List<StoreLayer.Root> roots;
  private final List<Member> leading;
  private final Budget memory;
  private volatile @Nullable Table table;

  ClosureMembers(ClosureLayer layer, Budget memory) {
    this.layer = layer;
    this.roots = layer.roots();
    this.leading = layer.withStoreDir() ? leading() : List.of();
    this.memory = memory;
  }

  /** What a walk has found, also what is left out. */
  private static final class Table {
    final EntryTable rows = new EntryTable();
    final BitSet leftOut = new BitSet();
  }

  @Override
  public TarDialect dialect() {
    return TarDialect.GNU;
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
    Table known = table;
    Cursor cursor = known == null ? new Walk() : new Replay(known);
    for (long i = 0; i < skipped && cursor.next() != null; i++) {
      // What comes next depends on what came before.
    }
    return cursor;
  }

  private List<Member> leading() {
    List<Member> members = new ArrayList<>();
    String path = layer.storeDir();
    for (int end = path.indexOf('/', 1); ; end = path.indexOf('/', end + 1)) {
      String name = "." + (end < 0 ? path : path.substring(0, end)) + "/";
      Row row = new Row(0, NONE, TarHeader.Type.DIRECTORY, DIRECTORY_MODE, 0, 0, NONE);
      members.add(new Member(header(RawName.of(name), row), Content.NONE));
      if (end < 0) {
        return List.copyOf(members);
      }
    }
  }

  private TarHeader header(RawName name, Row row) {
    boolean regular = row.type() == TarHeader.Type.REGULAR;
    long rdev = regular ? 0 : row.size();
    return new TarHeader(
        row.type(),
        name,
        row.mode(),
        0,
        0,
        TarDialect.GNU.rootUser(),
        TarDialect.GNU.rootGroup(),
        regular ? row.size() : 0,
        layer.mtime(),
        row.target(),
        Devices.major(rdev),
        Devices.minor(rdev));
  }

  /** The member of a row by its path, which has no slash at its end. */
  private Member member(RawName path, Row row, Path file) {
    RawName name = row.type() == TarHeader.Type.DIRECTORY ? path.append(SLASH) : path;
    Content content =
        row.type() == TarHeader.Type.REGULAR
            ? new SourceFile(file, row.size(), row.modified())
            : Content.NONE;
    return new Member(header(name, row), content);
  }

  /** What both ways of going through the members share. */
  private abstract class Steps implements Cursor {
    private int led;

    @Override
    public final @Nullable Member next() throws IOException {
      return led < leading.size() ? leading.get(led++) : step();
    }

    abstract @Nullable Member step() throws IOException;
  }

  /**
   * A file that is to be looked at, or, with a slash at the end of its key, a directory that is to
   * be entered. In the order of keys they give the order of whole paths.
   *
   * @param key the file's name where it lies, for a root its path
   * @param path where it lies
   * @param row the row of the directory that the file lies in, for a root {@code -1} less its
   *     number; the row of the directory itself if it is to be entered
   */
  private record Event(RawName key, Path path, int row) implements Comparable<Event> {
    boolean enters() {
      return key.at(key.length() - 1) == '/';
    }

    @Override
    public int compareTo(Event other) {
      return key.compareTo(other.key);
    }
  }

  /** A directory that is being gone through, its path with a slash. */
  private record Level(RawName prefix, PriorityQueue<Event> events) {}

  /** Looks at the files, and leaves the table if it gets to the end. */
  private final class Walk extends Steps {
    private final Deque<Level> levels = new ArrayDeque<>();
    private @Nullable Table found = new Table();
    private long taken;

    Walk() {
      PriorityQueue<Event> events = new PriorityQueue<>();
      for (int i = 0; i < roots.size(); i++) {
        RawName name = RawName.of(roots.get(i).archivePath().substring(1));
        events.add(new Event(name, roots.get(i).file(), -1 - i));
      }
      levels.push(new Level(NONE, events));
    }

    @Override
    @Nullable Member step() throws IOException {
      while (!levels.isEmpty()) {
        Level level = levels.element();
        Event event = level.events().poll();
        if (event == null) {
          levels.pop();
          continue;
        }
        try {
          if (event.enters()) {
            enter(level, event);
          } else {
            Member member = look(level, event);
            if (member != null) {
              return member;
            }
          }
        } catch (NoSuchFileException e) {
          throw new ImageException(event.path() + " does not exist", e);
        } catch (AccessDeniedException e) {
          throw new ImageException(event.path() + " cannot be read: permission denied", e);
        }
      }
      table = found;
      return null;
    }

    private void enter(Level level, Event event) throws IOException {
      PriorityQueue<Event> events = new PriorityQueue<>();
      for (DirectoryEntry entry : DirectoryEntry.list(event.path())) {
        events.add(new Event(entry.name(), entry.path(), event.row()));
      }
      levels.push(new Level(level.prefix().append(event.key()), events));
    }

    /** The member that a file is; null if it is left out. */
    private @Nullable Member look(Level level, Event event) throws IOException {
      FileSummary status = FileSummary.of(event.path());
      if (status.kind() == FileStatus.Kind.SOCKET) {
        throw new ImageException(event.path() + " is a socket, which no layer can hold");
      }
      TarHeader.Type type = FileMembers.type(status.kind());
      long size =
          switch (type) {
            case REGULAR -> status.size();
            case CHARACTER_DEVICE, BLOCK_DEVICE -> status.rdev();
            default -> 0;
          };
      RawName target =
          type == TarHeader.Type.SYMLINK ? RawName.linkTarget(event.path()) : RawName.of("");
      Row row =
          new Row(event.row(), event.key(), type, status.mode(), size, status.modified(), target);
      RawName path = level.prefix().append(event.key());
      boolean left = layer.leftOut().test(path);
      int index = record(row, left);
      if (status.isDirectory()) {
        level.events().add(new Event(event.key().append(SLASH), event.path(), index));
      }
      return left ? null : member(path, row, event.path());
    }

    private int record(Row row, boolean left) {
      if (found == null) {
        return 0;
      }
      if (!memory.take(row.cost())) {
        memory.give(taken);
        found = null;
        return 0;
      }
      taken += row.cost();
      int index = found.rows.add(row);
      found.leftOut.set(index, left);
      return index;
    }
  }

  /** Repeats from the table what the walk has seen. */
  private final class Replay extends Steps {
    private final Table known;
    private int at;
    private Place directory = new Place(Integer.MIN_VALUE, NONE, Path.of(""));

    /** Where the directory of a row lies, and its path in the layer with a slash. */
    private record Place(int row, RawName prefix, Path path) {}

    Replay(Table known) {
      this.known = known;
    }

    @Override
    @Nullable Member step() {
      at = known.leftOut.nextClearBit(at);
      if (at >= known.rows.rows()) {
        return null;
      }
      Row row = known.rows.row(at++);
      if (row.parent() < 0) {
        return member(row.name(), row, roots.get(-1 - row.parent()).file());
      }
      if (directory.row() != row.parent()) {
        directory = place(row.parent());
      }
      RawName path = directory.prefix().append(row.name());
      return member(path, row, row.name().resolveIn(directory.path()));
    }

    private Place place(int index) {
      Row row = known.rows.row(index);
      if (row.parent() < 0) {
        Path file = roots.get(-1 - row.parent()).file();
        return new Place(index, row.name().append(SLASH), file);
      }
      Place above = place(row.parent());
      return new Place(
          index,
          above.prefix().append(row.name()).append(SLASH),
          row.name().resolveIn(above.path()));
    }
  }
}
