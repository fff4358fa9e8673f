package dev.slipway.layer;

import dev.slipway.files.DirectoryEntry;
import dev.slipway.files.FileStatus;
import dev.slipway.files.FileSummary;
import dev.slipway.files.RawName;
import dev.slipway.files.TreeForm;
import dev.slipway.layer.EntryTable.Row;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The members of a layer of store paths, of which some may be written already. The first walk
 * through the files leaves a table from which the later ones are made; where memory does not
 * suffice for one, each walk looks at the files.
 */
final class FileMembers implements Members {
  private static final RawName NONE = RawName.of("");

  private final String description;
  private final List<Member> leading;
  private final List<Root> roots;
  private final StoreForm form;
  private final Budget memory;
  private volatile @Nullable EntryTable table;
  private volatile boolean storeModes;

  /**
   * A file that is a member by the name of {@code name}, a directory with all below.
   *
   * @param written how many members lie in the file as the layer has them; 0 if it is one itself
   */
  private record Root(RawName name, Path file, long written) {
    static Root of(StoreLayer.Root root, TreeForm.@Nullable Formed formed) {
      RawName name = RawName.of(root.archivePath());
      return formed == null
          ? new Root(name, root.file(), 0)
          : new Root(name, formed.file(), formed.nodes());
    }
  }

  /**
   * @param formed by their paths, roots that lie in the layer's form instead
   * @param memory what tables may take
   */
  FileMembers(StoreLayer layer, Map<String, TreeForm.Formed> formed, Budget memory) {
    this.description =
        layer.roots().stream().map(StoreLayer.Root::archivePath).collect(Collectors.joining(", "));
    this.form = new StoreForm(layer.owner(), layer.mtime());
    this.leading = leading(layer.storeDir(), form);
    this.roots =
        layer.roots().stream().map(root -> Root.of(root, formed.get(root.archivePath()))).toList();
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
    for (long left = skipped; left > 0; ) { // A walk cannot start in the middle.
      Stretch next = walk.next();
      if (next == null) {
        break;
      }
      left -= next.count();
    }
    return walk;
  }

  /** The directories that lead to the store, from the top. */
  private static List<Member> leading(String storeDir, StoreForm form) {
    List<Member> members = new ArrayList<>();
    for (int end = 1; end > 0; ) {
      end = storeDir.indexOf('/', end + 1);
      String path = end < 0 ? storeDir : storeDir.substring(0, end);
      members.add(new Member(form.directory(RawName.of(path + "/"), 0755), Content.NONE));
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
    public final @Nullable Stretch next() throws IOException {
      return led < leading.size() ? leading.get(led++) : step();
    }

    abstract @Nullable Stretch step() throws IOException;

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

    private TarHeader header(RawName name, Row row) {
      boolean regular = row.type() == TarHeader.Type.REGULAR;
      return form.header(
          row.type(),
          name,
          row.mode(),
          regular ? row.size() : 0,
          row.target(),
          regular ? 0 : row.size());
    }
  }

  private static MemberRun run(Root root, Row row) {
    return new MemberRun(new SourceFile(root.file(), row.size(), row.modified()), root.written());
  }

  /** Looks at the files, and leaves the table if it gets to the end. */
  private final class Walk extends Steps {
    private final Iterator<Root> remaining = roots.iterator();
    private @Nullable EntryTable found = new EntryTable();
    private long taken;
    private int rootsSeen;
    private boolean asInStore = true;

    @Override
    @Nullable Stretch step() throws IOException {
      while (true) {
        Level level = levels.peek();
        if (level == null) {
          if (!remaining.hasNext()) {
            table = found;
            storeModes = asInStore;
            return null;
          }
          Root root = remaining.next();
          int parent = -1 - rootsSeen++;
          return root.written() > 0
              ? written(root, parent)
              : look(root.name(), root.file(), parent);
        }
        if (level.children().hasNext()) {
          DirectoryEntry child = level.children().next();
          return look(child.name(), child.path(), level.row());
        }
        levels.pop();
      }
    }

    private MemberRun written(Root root, int parent) throws IOException {
      FileStatus status = FileStatus.of(root.file());
      Row row =
          new Row(
              parent,
              root.name(),
              TarHeader.Type.REGULAR,
              0,
              status.size(),
              status.modified(),
              NONE);
      record(row);
      return run(root, row);
    }

    private Member look(RawName name, Path path, int parent) throws IOException {
      try {
        FileSummary status = FileSummary.of(path);
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
      this.at = skip(skipped - led);
      if (at > 0 && at < rows.rows()) {
        descend(rows.row(at).parent());
      }
    }

    /** The row behind these members. */
    private int skip(long members) {
      if (roots.stream().allMatch(root -> root.written() == 0)) {
        return (int) Math.min(members, rows.rows());
      }
      int row = 0;
      for (long left = members; left > 0 && row < rows.rows(); row++) {
        Root root = written(rows.row(row));
        left -= root == null ? 1 : root.written();
      }
      return row;
    }

    /** Enters the directory that {@code index} is the row of, and before it those above. */
    private void descend(int index) {
      if (index >= 0) {
        Row row = rows.row(index);
        descend(row.parent());
        enter(index, row, path(row), Collections.emptyIterator());
      }
    }

    /** The root whose members, all of them, this row stands for; null if it stands for one. */
    private @Nullable Root written(Row row) {
      Root root = row.parent() < 0 ? roots.get(-1 - row.parent()) : null;
      return root == null || root.written() == 0 ? null : root;
    }

    @Override
    @Nullable Stretch step() {
      if (at == rows.rows()) {
        return null;
      }
      Row row = rows.row(at);
      Root root = written(row);
      if (root != null) {
        at++;
        return run(root, row);
      }
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
        entries.sort(Comparator.comparing(DirectoryEntry::name, StoreForm.PYTHON_ORDER));
        break;
      }
    }
    return entries.iterator();
  }
}
