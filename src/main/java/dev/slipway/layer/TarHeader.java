package dev.slipway.layer;

import dev.slipway.files.RawName;
import java.util.Map;

/**
 * What a tar says of one member, whatever the dialect it is written in.
 *
 * @param type what sort of file it is
 * @param name its name as stored, a directory's with its slash if it is stored with one
 * @param mode the twelve permission bits
 * @param uid the owner's number
 * @param gid the group's number
 * @param userName the owner's name, perhaps empty
 * @param groupName the group's name, perhaps empty
 * @param size how many bytes of content follow; 0 but for a regular file
 * @param mtime the time of last modification in seconds since 1970, rounded down
 * @param linkName the target of a symbolic or hard link, else empty
 * @param deviceMajor a device node's major number, else 0
 * @param deviceMinor a device node's minor number, else 0
 * @param xattrs the extended attributes to write, by their whole names
 */
public record TarHeader(
    Type type,
    RawName name,
    int mode,
    long uid,
    long gid,
    RawName userName,
    RawName groupName,
    long size,
    long mtime,
    RawName linkName,
    long deviceMajor,
    long deviceMinor,
    Map<String, RawName> xattrs) {
  /** Takes a copy. */
  public TarHeader {
    xattrs = Map.copyOf(xattrs);
  }

  /** A member without extended attributes. */
  public TarHeader(
      Type type,
      RawName name,
      int mode,
      long uid,
      long gid,
      RawName userName,
      RawName groupName,
      long size,
      long mtime,
      RawName linkName,
      long deviceMajor,
      long deviceMinor) {
    this(
        type,
        name,
        mode,
        uid,
        gid,
        userName,
        groupName,
        size,
        mtime,
        linkName,
        deviceMajor,
        deviceMinor,
        Map.of());
  }

  /** The sorts of members that a layer can hold. */
  public enum Type {
    /** An ordinary file. */
    REGULAR('0'),
    /** Another name of an earlier member. */
    HARDLINK('1'),
    /** A symbolic link. */
    SYMLINK('2'),
    /** A character device. */
    CHARACTER_DEVICE('3'),
    /** A block device. */
    BLOCK_DEVICE('4'),
    /** A directory. */
    DIRECTORY('5'),
    /** A named pipe. */
    FIFO('6');

    private static final Type[] ALL = values();

    private final char flag;

    Type(char flag) {
      this.flag = flag;
    }

    /**
     * The type that this character stands for.
     *
     * @throws IllegalArgumentException if it stands for none
     */
    static Type ofFlag(char flag) {
      for (Type type : ALL) {
        if (type.flag == flag) {
          return type;
        }
      }
      throw new IllegalArgumentException("no type of member: " + flag);
    }

    /** The character that stands for it in a header (POSIX.1-1988, ustar's typeflag). */
    public char flag() {
      return flag;
    }
  }
}
