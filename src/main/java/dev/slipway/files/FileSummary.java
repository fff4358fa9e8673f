package dev.slipway.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What of a {@link FileStatus} an archive tells of a file. The JDK gives each attribute by its
 * name, so that few of them are had in half of the time.
 *
 * @param kind what sort of file it is
 * @param mode the twelve permission bits
 * @param size in bytes
 * @param modified the time of last modification in nanoseconds since 1970
 * @param rdev for a device node, its number as {@code st_rdev} has it; else 0
 */
public record FileSummary(FileStatus.Kind kind, int mode, long size, long modified, long rdev) {
  private static final String WANTED = "unix:mode,size,lastModifiedTime";

  /**
   * What there is to be told of {@code path} itself: a symbolic link is not followed.
   *
   * @throws IOException if it is missing or cannot be looked at
   */
  public static FileSummary of(Path path) throws IOException {
    Map<String, Object> all = Files.readAttributes(path, WANTED, LinkOption.NOFOLLOW_LINKS);
    if (!(all.get("mode") instanceof Integer mode
        && all.get("size") instanceof Long size
        && all.get("lastModifiedTime") instanceof FileTime modified)) {
      throw new IllegalStateException("the JDK has given " + all);
    }
    FileStatus.Kind kind = FileStatus.Kind.ofMode(mode);
    return new FileSummary(
        kind,
        mode & 07777,
        size,
        modified.to(TimeUnit.NANOSECONDS),
        kind.isDevice() ? FileStatus.of(path).rdev() : 0);
  }

  /** Whether this is a directory. */
  public boolean isDirectory() {
    return kind == FileStatus.Kind.DIRECTORY;
  }
}
