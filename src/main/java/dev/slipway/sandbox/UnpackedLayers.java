package dev.slipway.sandbox;

import dev.slipway.files.RawName;
import dev.slipway.files.os.LockFile;
import dev.slipway.layer.Layer;
import dev.slipway.layer.OverlayLayer;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * Layers as lower directories of overlayfs, each unpacked once and kept under its diff ID. Several
 * processes may use one folder. Those that were not used for longest are removed when all together
 * take more room than they may.
 *
 * <p>Nothing is flushed to the disk. A layer that was unpacked before the machine was started last
 * may therefore be damaged, and is not used.
 */
final class UnpackedLayers implements Closeable {
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  /** The file of the names of implied directories, each with a zero behind it. */
  private static final String IMPLIED = "implied";

  private final Path folder;
  private final long bytes;
  private final RunFolder.Remover remover;
  private final List<LockFile> locks = new ArrayList<>();

  /** Makes a layer's directory. */
  @FunctionalInterface
  interface Unpacker {
    /** Unpacks {@code layer} in the empty directory {@code tree}. */
    OverlayLayer.Lower unpack(Layer layer, Path tree) throws IOException, InterruptedException;
  }

  /**
   * A layer, which stays as long as these are not closed.
   *
   * @param tree its directory
   * @param hidesAll whether nothing below it shows
   * @param implied its directories that it has no entry for
   */
  record Unpacked(Path tree, boolean hidesAll, Set<RawName> implied) {}

  /**
   * The layers of a folder.
   *
   * @param folder the folder, made if it is missing
   * @param bytes how much room they may take
   * @param remover deletes what is no longer needed
   */
  UnpackedLayers(Path folder, long bytes, RunFolder.Remover remover) throws IOException {
    this.folder = Files.createDirectories(folder);
    this.bytes = bytes;
    this.remover = remover;
  }

  /**
   * A layer, unpacked if it is not there yet.
   *
   * @throws IOException if it cannot be read or unpacked
   * @throws InterruptedException if waiting for that is interrupted
   */
  Unpacked get(Layer layer, Unpacker unpacker) throws IOException, InterruptedException {
    String name = layer.diffId().value().hex();
    Path place = folder.resolve(name);
    LockFile lock = LockFile.open(folder.resolve(name + ".lock"));
    locks.add(lock);
    lock.lockShared();
    if (!isUsable(place)) {
      lock.lockExclusive();
      if (!isUsable(place)) {
        make(layer, place, unpacker);
        lock.lockShared();
        removeOldest();
      }
      lock.lockShared();
    }
    Files.write(place.resolve("used"), new byte[1]); // Its time is when it was used last.
    return new Unpacked(
        place.resolve("tree"),
        Files.exists(place.resolve("hides-all")),
        Set.copyOf(TreeSteps.names(Files.readAllBytes(place.resolve(IMPLIED)))));
  }

  /** The folder that the layers' directories are somewhere in. */
  Path folder() {
    return folder;
  }

  private static boolean isUsable(Path place) throws IOException {
    try {
      return Files.exists(place.resolve(IMPLIED))
          && Files.isDirectory(place.resolve("tree"))
          && Files.readString(place.resolve("boot")).equals(Files.readString(BOOT_ID));
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private void make(Layer layer, Path place, Unpacker unpacker)
      throws IOException, InterruptedException {
    Path partial = folder.resolve(place.getFileName() + ".partial");
    remover.remove(place);
    remover.remove(partial);
    Files.createDirectory(partial);
    boolean whole = false;
    try {
      Path tree = Files.createDirectory(partial.resolve("tree"));
      OverlayLayer.Lower lower = unpacker.unpack(layer, tree);
      if (lower.hidesAll()) {
        Files.createFile(partial.resolve("hides-all"));
      }
      try (OutputStream out =
          new BufferedOutputStream(Files.newOutputStream(partial.resolve(IMPLIED)))) {
        TreeSteps.writeNames(lower.implied(), out);
      }
      Files.writeString(partial.resolve("size"), Long.toString(layer.tar().size()));
      Files.writeString(partial.resolve("boot"), Files.readString(BOOT_ID));
      Files.createFile(partial.resolve("used"));
      Files.move(partial, place, StandardCopyOption.ATOMIC_MOVE);
      whole = true;
    } finally {
      if (!whole) {
        remover.remove(partial);
      }
    }
  }

  /** A layer that could be removed. */
  private record Kept(Path place, FileTime used, long size) {}

  private void removeOldest() throws IOException, InterruptedException {
    List<Kept> all = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        try {
          FileTime used = Files.getLastModifiedTime(entry.resolve("used"));
          long size = Long.parseLong(Files.readString(entry.resolve("size")));
          all.add(new Kept(entry, used, size));
        } catch (IOException | NumberFormatException e) {
          // A lock, or something that is just being made or removed.
        }
      }
    }
    long total = all.stream().mapToLong(Kept::size).sum();
    all.sort(Comparator.comparing(Kept::used));
    for (Kept oldest : all) {
      if (total <= bytes) {
        return;
      }
      try (LockFile lock = LockFile.open(folder.resolve(oldest.place().getFileName() + ".lock"))) {
        if (lock.tryLockExclusive()) {
          remover.remove(oldest.place());
          total -= oldest.size();
        }
      }
    }
  }

  /** Lets others remove what was used. */
  @Override
  public void close() throws IOException {
    for (LockFile lock : locks) {
      lock.close();
    }
    locks.clear();
  }
}
