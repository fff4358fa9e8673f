package dev.slipway.layer;

import dev.slipway.files.RawName;
import dev.slipway.files.TreeForm;
import dev.slipway.files.TreeSink;
import dev.slipway.oci.PythonText;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.Comparator;

/**
 * The form that store paths have in a {@link StoreLayer}: what is the same in all its headers, and
 * the order of its members.
 *
 * @param owner who owns every member
 * @param mtime every member's time of last modification in seconds since 1970
 */
record StoreForm(StoreLayer.Owner owner, long mtime) implements TreeForm {
  /**
   * As Python sorts: by code points, in which a byte that is not UTF-8 stands behind most other
   * characters. For valid names that is their byte order.
   */
  static final Comparator<RawName> PYTHON_ORDER =
      (a, b) -> Arrays.compare(codePoints(a), codePoints(b));

  private static final RawName NONE = RawName.of("");

  private static int[] codePoints(RawName name) {
    return PythonText.decode(name.toBytes()).codePoints().toArray();
  }

  /** The header of a directory. */
  TarHeader directory(RawName name, int mode) {
    return header(TarHeader.Type.DIRECTORY, name, mode, 0, NONE, 0);
  }

  /**
   * A header.
   *
   * @param name with a slash at its end if it is a directory's
   * @param target where a symbolic link points to, else empty
   * @param rdev the number of a device node, else 0
   */
  TarHeader header(
      TarHeader.Type type, RawName name, int mode, long size, RawName target, long rdev) {
    return new TarHeader(
        type,
        name,
        mode,
        owner.uid(),
        owner.gid(),
        owner.userName(),
        owner.groupName(),
        size,
        mtime,
        target,
        Devices.major(rdev),
        Devices.minor(rdev));
  }

  @Override
  public TreeSink begin(String path, WritableByteChannel out) {
    return new StorePart(this, RawName.of(path), out);
  }
}
