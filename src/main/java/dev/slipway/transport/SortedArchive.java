package dev.slipway.transport;

import dev.slipway.files.RawName;
import dev.slipway.layer.Blob;
import dev.slipway.layer.TarDialect;
import dev.slipway.layer.TarHeader;
import dev.slipway.layer.TarWriter;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntUnaryOperator;
import java.util.function.ObjLongConsumer;

/**
 * A docker archive as GNU tar writes a folder with {@code --sort=name --owner=0 --group=0}: the top
 * as {@code ./}, then each directory followed by what is in it, names without {@code ./}. What goes
 * into it is first collected, by its place: its names with slashes between them.
 */
public final class SortedArchive {
  private static final RawName ROOT = RawName.of("root");
  private static final RawName NONE = RawName.of("");
  private static final RawName TOP = RawName.of("./");
  private static final RawName SLASH = RawName.of("/");
  private static final int DIRECTORY_MODE = 0755;
  private static final int LINK_MODE = 0777;

  private final long mtime;
  private final Folder top = new Folder();

  /** Something in a folder. */
  private sealed interface Node {}

  private static final class Folder implements Node {
    final SortedMap<RawName, Node> children = new TreeMap<>();
    int mode = DIRECTORY_MODE;
  }

  private record File(int mode, long size, TarWriter.Source content) implements Node {}

  private record Link(RawName target) implements Node {}

  /**
   * An empty archive.
   *
   * @param mtime what all members carry, in seconds since 1970
   */
  public SortedArchive(long mtime) {
    this.mtime = mtime;
  }

  /**
   * Puts a directory there, if there is none, and gives it a mode.
   *
   * @throws ImageException if something else is there or on the way
   */
  void directory(RawName place, int mode) throws ImageException {
    folder(MemberName.split(place), place).mode = mode;
  }

  /** Puts a symbolic link there, in the place of what else there is. */
  void link(RawName place, RawName target) throws ImageException {
    put(place, new Link(target));
  }

  /** Puts a file there, in the place of what else there is. */
  void file(RawName place, int mode, long size, TarWriter.Source content) throws ImageException {
    put(place, new File(mode, size, content));
  }

  /**
   * Puts a file there, in the place of what else there is.
   *
   * @throws ImageException if something that is no directory is on the way to it
   */
  public void file(String place, int mode, Blob content) throws ImageException {
    file(RawName.of(place), mode, content.size(), content::writeTo);
  }

  /**
   * Puts a file there, in the place of what else there is.
   *
   * @throws ImageException if something that is no directory is on the way to it
   */
  public void file(String place, int mode, byte[] content) throws ImageException {
    file(RawName.of(place), mode, content.length, out -> write(ByteBuffer.wrap(content), out));
  }

  private static void write(ByteBuffer bytes, WritableByteChannel out) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  private void put(RawName place, Node node) throws ImageException {
    List<String> names = MemberName.split(place);
    if (names.isEmpty()) {
      throw new IllegalArgumentException("nothing can be put in the place of the top");
    }
    Folder folder = folder(names.subList(0, names.size() - 1), place);
    folder.children.put(MemberName.join(names.subList(names.size() - 1, names.size())), node);
  }

  private Folder folder(List<String> names, RawName place) throws ImageException {
    Folder folder = top;
    for (String name : names) {
      Node next =
          folder.children.computeIfAbsent(MemberName.join(List.of(name)), _ -> new Folder());
      if (!(next instanceof Folder below)) {
        throw new ImageException(place + ": '" + name + "' on the way to it is no directory");
      }
      folder = below;
    }
    return folder;
  }

  /** Changes the modes of all files and directories, as {@code chmod -R} does. */
  public void changeModes(IntUnaryOperator change) {
    changeModes(top, change);
  }

  private static void changeModes(Folder folder, IntUnaryOperator change) {
    folder.mode = change.applyAsInt(folder.mode);
    folder.children.replaceAll((_, node) ->
        switch (node) {
          case Folder below -> {
            changeModes(below, change);
            yield below;
          }
          case File(int mode, long size, var content) ->
              new File(change.applyAsInt(mode), size, content);
          case Link link -> link;
        });
  }

  /**
   * Writes the archive.
   *
   * @param out where it goes; it stays open
   * @param progress is told place and size of each file that has been written
   * @throws IOException if a content cannot be produced, or the archive not written
   */
  public void writeTo(WritableByteChannel out, ObjLongConsumer<String> progress)
      throws IOException {
    TarWriter tar = new TarWriter(out, TarDialect.GNU);
    tar.header(header(TarHeader.Type.DIRECTORY, TOP, top.mode, 0, NONE));
    write(top, NONE, tar, progress);
    tar.finish();
  }

  private void write(Folder folder, RawName prefix, TarWriter tar, ObjLongConsumer<String> progress)
      throws IOException {
    for (var child : folder.children.entrySet()) {
      RawName name = prefix.append(child.getKey());
      switch (child.getValue()) {
        case Folder below -> {
          RawName slashed = name.append(SLASH);
          tar.header(header(TarHeader.Type.DIRECTORY, slashed, below.mode, 0, NONE));
          write(below, slashed, tar, progress);
        }
        case File(int mode, long size, var content) -> {
          tar.header(header(TarHeader.Type.REGULAR, name, mode, size, NONE));
          tar.write(size, content);
          progress.accept(name.toString(), size);
        }
        case Link(RawName target) ->
            tar.header(header(TarHeader.Type.SYMLINK, name, LINK_MODE, 0, target));
      }
    }
  }

  private TarHeader header(
      TarHeader.Type type, RawName name, int mode, long size, RawName linkName) {
    return new TarHeader(type, name, mode, 0, 0, ROOT, ROOT, size, mtime, linkName, 0, 0);
  }
}
