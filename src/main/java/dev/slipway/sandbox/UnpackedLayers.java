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
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Layers as lower directories of overlayfs, each unpacked once and kept under its diff ID. Several
 * processes may use one folder. Those that were not used for longest are removed when all together
 * take more room than they may; what is damaged, or was left half-made, is removed in any case.
 *
 * <p>Nothing is flushed to the disk. A layer that was unpacked before the machine was started last
 * may therefore be damaged, and is not used.
 */
final class UnpackedLayers implements Closeable {
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  /** The file of the names of implied directories, each with a zero behind it. */
  private static final String IMPLIED = "implied";

  private static final String PARTIAL = ".partial";
  private static final Pattern DEVICE_MARK = Pattern.compile("slipway device [0-9a-f]{32} ");
  private static final Pattern NAME = Pattern.compile("([0-9a-f]{64})(\\.partial)?");

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
    boolean made = false;
    while (!isUsable(place)) {
      lock.lockExclusive();
      if (!isUsable(place)) {
        make(layer, place, unpacker);
        made = true;
      }
      lock.lockShared(); // Nothing is locked for a moment, in which another may remove it.
    }
    if (made) {
      removeOldest();
    }
    Files.write(place.resolve("used"), new byte[1]); // Its time is when it was used last.
    return new Unpacked(
        place.resolve("tree"),
        Files.exists(place.resolve("hides-all")),
        Set.copyOf(TreeSteps.names(Files.readAllBytes(place.resolve(IMPLIED)))));
  }

  /**
   * What files begin with that stand for device nodes in the layers of a folder. It is nothing that
   * a file could have by chance, or that anybody could know who has not seen them.
   */
  static String deviceMark(Path folder) throws IOException {
    Path file = Files.createDirectories(folder).resolve("device-mark");
    try (LockFile lock = LockFile.open(folder.resolve("device-mark.lock"))) {
      lock.lockExclusive();
      if (Files.exists(file)) {
        String mark = Files.readString(file);
        if (DEVICE_MARK.matcher(mark).matches()) {
          return mark;
        }
      }
      byte[] random = new byte[16];
      new SecureRandom().nextBytes(random);
      String mark = "slipway device " + HexFormat.of().formatHex(random) + " ";
      Files.writeString(file, mark);
      return mark;
    }
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
    Path partial = folder.resolve(place.getFileName() + PARTIAL);
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

  /** A layer that could be removed, or what is left of one. */
  private record Kept(Path place, boolean usable, FileTime used, long size) {}

  private void removeOldest() throws IOException, InterruptedException {
    List<Kept> all = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        if (NAME.matcher(entry.getFileName().toString()).matches() && Files.isDirectory(entry)) {
          all.add(kept(entry));
        }
      }
    }
    long total = all.stream().mapToLong(Kept::size).sum();
    all.sort(Comparator.comparing(Kept::usable).thenComparing(Kept::used));
    for (Kept oldest : all) {
      if (oldest.usable() && total <= bytes) {
        return;
      }
      if (remove(oldest.place())) {
        total -= oldest.size();
      }
    }
  }

  /** What there is in a folder. One that was left half-made counts as nothing. */
  private static Kept kept(Path place) {
    try {
      FileTime used = Files.getLastModifiedTime(place.resolve("used"));
      long size = Long.parseLong(Files.readString(place.resolve("size")));
      boolean partial = place.getFileName().toString().endsWith(PARTIAL);
      return new Kept(place, !partial && isUsable(place), used, size);
    } catch (IOException | NumberFormatException e) {
      return new Kept(place, false, FileTime.fromMillis(0), 0);
    }
  }

  /** Removes what nobody uses or makes; says whether it did. */
  private boolean remove(Path place) throws InterruptedException {
    String name = NAME.matcher(place.getFileName().toString()).replaceFirst("$1.lock");
    try (LockFile lock = LockFile.open(folder.resolve(name))) {
      if (lock.tryLockExclusive()) {
        remover.remove(place);
        return true;
      }
    } catch (IOException e) {
      // It stays for the next to try.
    }
    return false;
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
