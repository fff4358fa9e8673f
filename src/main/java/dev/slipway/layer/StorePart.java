package dev.slipway.layer;

import dev.slipway.files.RawName;
import dev.slipway.files.TreeForm;
import dev.slipway.files.TreeSink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Writes the part of a {@link StoreLayer} that one store path is: the members that {@link
 * FileMembers} makes of its files.
 */
final class StorePart implements TreeSink {
  private static final RawName NONE = RawName.of("");
  private static final RawName SLASH = RawName.of("/");

  private final StoreForm form;
  private final RawName path;
  private final TarWriter tar;
  private final WritableByteChannel member = new MemberChannel();
  private final Deque<Level> levels = new ArrayDeque<>();

  /** A directory that has begun. */
  private static final class Level {
    final RawName prefix;
    RawName last = NONE;

    Level(RawName prefix) {
      this.prefix = prefix;
    }
  }

  StorePart(StoreForm form, RawName path, WritableByteChannel out) {
    this.form = form;
    this.path = path;
    this.tar = new TarWriter(out, TarDialect.PAX);
  }

  /** The whole name of what comes next. */
  private RawName next(RawName name) throws IOException {
    Level level = levels.peek();
    if (level == null) {
      return path;
    }
    RawName whole = level.prefix.append(name);
    boolean ascii = name.isAscii() && level.last.isAscii();
    if (!ascii && StoreForm.PYTHON_ORDER.compare(level.last, name) >= 0) {
      throw new TreeForm.UnfitException(whole + " stands elsewhere in a layer than in a NAR");
    }
    level.last = name;
    return whole;
  }

  @Override
  public void directory(RawName name) throws IOException {
    RawName whole = next(name).append(SLASH);
    tar.header(form.directory(whole, 0555));
    levels.push(new Level(whole));
  }

  @Override
  public void endDirectory() throws IOException {
    levels.pop();
    endRoot();
  }

  @Override
  public void file(RawName name, boolean executable, long size, Content content)
      throws IOException {
    int mode = executable ? 0555 : 0444;
    tar.header(form.header(TarHeader.Type.REGULAR, next(name), mode, size, NONE, 0));
    content.writeTo(member);
    endRoot();
  }

  @Override
  public void symlink(RawName name, RawName target) throws IOException {
    tar.header(form.header(TarHeader.Type.SYMLINK, next(name), 0777, 0, target, 0));
    endRoot();
  }

  private void endRoot() throws IOException {
    if (levels.isEmpty()) {
      tar.pause();
    }
  }

  /** The content of the member that has begun last. */
  private final class MemberChannel implements WritableByteChannel {
    @Override
    public int write(ByteBuffer bytes) throws IOException {
      int count = bytes.remaining();
      tar.write(bytes);
      return count;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
