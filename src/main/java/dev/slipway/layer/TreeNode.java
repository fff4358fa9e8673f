package dev.slipway.layer;

import dev.slipway.files.RawName;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** A file that is to be in a layer without being on disk as such. */
public sealed interface TreeNode {
  /** The owner's number. */
  long uid();

  /** The group's number. */
  long gid();

  /**
   * A directory.
   *
   * @param mode the twelve permission bits
   * @param uid the owner's number
   * @param gid the group's number
   * @param xattrs its extended attributes by their whole names, {@code user.mime_type} for instance
   * @param children what is in it, by name
   */
  record Directory(
      int mode,
      long uid,
      long gid,
      Map<String, RawName> xattrs,
      SortedMap<RawName, TreeNode> children)
      implements TreeNode {
    /** Copies the children. */
    public Directory {
      requireMode(mode);
      xattrs = Map.copyOf(xattrs);
      children = Collections.unmodifiableSortedMap(new TreeMap<>(children));
    }

    /** A directory without extended attributes. */
    public Directory(int mode, long uid, long gid, SortedMap<RawName, TreeNode> children) {
      this(mode, uid, gid, Map.of(), children);
    }
  }

  /**
   * An ordinary file.
   *
   * @param mode the twelve permission bits
   * @param uid the owner's number
   * @param gid the group's number
   * @param xattrs its extended attributes by their whole names, {@code security.capability} for
   *     instance
   * @param content its bytes
   */
  record Regular(int mode, long uid, long gid, Map<String, RawName> xattrs, Content content)
      implements TreeNode {
    /** Refuses what is no mode. */
    public Regular {
      requireMode(mode);
      xattrs = Map.copyOf(xattrs);
    }

    /** A file without extended attributes. */
    public Regular(int mode, long uid, long gid, Content content) {
      this(mode, uid, gid, Map.of(), content);
    }
  }

  /**
   * A symbolic link.
   *
   * @param uid the owner's number
   * @param gid the group's number
   * @param target where it points to
   */
  record Symlink(long uid, long gid, RawName target) implements TreeNode {}

  /**
   * A named pipe.
   *
   * @param mode the twelve permission bits
   * @param uid the owner's number
   * @param gid the group's number
   */
  record Fifo(int mode, long uid, long gid) implements TreeNode {
    /** Refuses what is no mode. */
    public Fifo {
      requireMode(mode);
    }
  }

  /**
   * A device node.
   *
   * @param block whether it is a block device, else a character device
   * @param mode the twelve permission bits
   * @param uid the owner's number
   * @param gid the group's number
   * @param major its major number
   * @param minor its minor number
   */
  record Device(boolean block, int mode, long uid, long gid, long major, long minor)
      implements TreeNode {
    /** Refuses what is no mode. */
    public Device {
      requireMode(mode);
    }
  }

  private static void requireMode(int mode) {
    if ((mode & ~07777) != 0) {
      throw new IllegalArgumentException("more than twelve bits: " + Integer.toOctalString(mode));
    }
  }
}
