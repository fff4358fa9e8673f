package dev.slipway.store;

import dev.slipway.files.RawName;
import dev.slipway.files.TreeSink;
import dev.slipway.files.os.SystemCalls;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Makes a tree on disk, with the modes and times that objects in a store have. Nothing is made
 * through what it has made before, so nothing outside of the root is ever touched.
 */
final class UnpackedTree implements TreeSink {
  private final Path root;
  private final Deque<Path> directories = new ArrayDeque<>();

  /** The tree is made at {@code root}, where nothing may be. */
  UnpackedTree(Path root) {
    this.root = root;
  }

  private Path place(RawName name) {
    Path directory = directories.peek();
    return directory == null ? root : name.resolveIn(directory);
  }

  @Override
  public void directory(RawName name) throws IOException {
    directories.push(Files.createDirectory(place(name)));
  }

  @Override
  public void endDirectory() throws IOException {
    NarWriter.canonicaliseDirectory(directories.pop());
  }

  @Override
  public void file(RawName name, boolean executable, long size, Content content)
      throws IOException {
    Path path = place(name);
    try (FileChannel out =
        FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      content.writeTo(new NamedChannel(out, path));
    }
    NarWriter.canonicaliseFile(path, executable);
  }

  @Override
  public void symlink(RawName name, RawName target) throws IOException {
    Path path = place(name);
    SystemCalls.symlink(target, path);
    NarWriter.canonicaliseLink(path);
  }
}
