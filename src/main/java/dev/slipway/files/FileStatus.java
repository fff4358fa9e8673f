package dev.slipway.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What {@code lstat} says of a file.
 *
 * @param kind what sort of file it is
 * @param mode the twelve permission bits
 * @param size in bytes
 * @param modified the time of last modification in nanoseconds since 1970
 * @param uid the owner's number
 * @param gid the group's number
 * @param device the device that the file lies on
 * @param inode the file's number there
 * @param links how many names it has
 * @param rdev for a device node, its number as {@code st_rdev} has it
 */
public record FileStatus(
    Kind kind,
    int mode,
    long size,
    long modified,
    int uid,
    int gid,
    long device,
    long inode,
    int links,
    long rdev) {

  /** The sorts of files. */
  public enum Kind {
    /** An ordinary file. */
    REGULAR,
    /** A directory. */
    DIRECTORY,
    /** A symbolic link. */
    SYMLINK,
    /** A named pipe. */
    FIFO,
    /** A character device. */
    CHARACTER_DEVICE,
    /** A block device. */
    BLOCK_DEVICE,
    /** A socket. */
    SOCKET;

    /** Whether it stands for a device. */
    boolean isDevice() {
      return this == CHARACTER_DEVICE || this == BLOCK_DEVICE;
    }

    /** The sort that {@code st_mode} tells of. */
    public static Kind ofMode(int mode) {
      return switch (mode & 0170000) {
        case 0040000 -> DIRECTORY;
        case 0120000 -> SYMLINK;
        case 0010000 -> FIFO;
        case 0020000 -> CHARACTER_DEVICE;
        case 0060000 -> BLOCK_DEVICE;
        case 0140000 -> SOCKET;
        default -> REGULAR;
      };
    }
  }

  private static final String WANTED = "unix:mode,size,lastModifiedTime,uid,gid,dev,ino,nlink,rdev";

  /**
   * The status of {@code path} itself: a symbolic link is not followed.
   *
   * @throws IOException if it is missing or cannot be looked at
   */
  public static FileStatus of(Path path) throws IOException {
    Map<String, Object> all = Files.readAttributes(path, WANTED, LinkOption.NOFOLLOW_LINKS);
    int mode = (int) number(all, "mode");
    return new FileStatus(
        Kind.ofMode(mode),
        mode & 07777,
        number(all, "size"),
        all.get("lastModifiedTime") instanceof FileTime time ? time.to(TimeUnit.NANOSECONDS) : 0,
        (int) number(all, "uid"),
        (int) number(all, "gid"),
        number(all, "dev"),
        number(all, "ino"),
        (int) number(all, "nlink"),
        number(all, "rdev"));
  }

  private static long number(Map<String, Object> all, String key) {
    return all.get(key) instanceof Number value ? value.longValue() : 0;
  }

  /** Whether this is a directory. */
  public boolean isDirectory() {
    return kind == Kind.DIRECTORY;
  }

  /** The time of last modification in whole seconds since 1970, rounded down. */
  public long modifiedSeconds() {
    return Math.floorDiv(modified, 1_000_000_000L);
  }
}
