package dev.slipway.files.os;

import dev.slipway.files.FileStatus;
import dev.slipway.files.FileSummary;
import dev.slipway.files.RawName;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Looks at files and reads small ones by system calls alone: the JDK does much beside them, which
 * takes as long again, and counts where there are a hundred thousand. To get ready takes as long as
 * is saved with some fifty thousand calls, so the first ones go the JDK's way; so does whatever
 * fails, for it to say why. All of this may be used by several threads.
 */
public final class ManyFiles {
  /** As many calls go the JDK's way. */
  private static final int FEW = 60_000;

  /** The longest content that is read, in bytes. */
  private static final int LONGEST = 128 << 10;

  private static final int PATH_MAX = 4096;
  private static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int O_NONBLOCK = 04000;
  private static final int O_NOFOLLOW =
      System.getProperty("os.arch", "").equals("aarch64") ? 0100000 : 0400000;
  private static final int O_CLOEXEC = 02000000;

  private static final long NANOSECONDS = 1_000_000_000L;

  private static final AtomicInteger CALLS = new AtomicInteger();
  private static final ThreadLocal<ManyFiles> OWN = ThreadLocal.withInitial(ManyFiles::new);

  /** Offsets in {@code struct statx} of Linux, which is the same on all its architectures. */
  private static final class Statx {
    static final long SIZE = 256;
    static final long MODE = 28;
    static final long LENGTH = 40;
    static final long MTIME_SECONDS = 112;
    static final long MTIME_NANOSECONDS = 120;
    static final long RDEV = 128;
  }

  private static final class Calls {
    static final MethodHandle STATX =
        Hints.link(
            "statx",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS));
    static final MethodHandle OPEN =
        Hints.link(
            "open",
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    static final MethodHandle READ =
        Hints.link(
            "read",
            FunctionDescriptor.of(
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG));
    static final MethodHandle CLOSE =
        Hints.link("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
  }

  private final MemorySegment name;
  private final MemorySegment statx;
  private final MemorySegment content;

  private ManyFiles() {
    Arena arena = Arena.ofAuto();
    name = arena.allocate(PATH_MAX + 1);
    statx = arena.allocate(Statx.SIZE, Long.BYTES);
    content = arena.allocate(LONGEST);
  }

  /**
   * What there is to be told of {@code path} itself, as {@link FileSummary#of} gives it.
   *
   * @throws IOException if it is missing or cannot be looked at
   */
  public static FileSummary look(Path path) throws IOException {
    if (areFew()) {
      return FileSummary.of(path);
    }
    ManyFiles own = OWN.get();
    return own.name(path) && own.look() ? own.summary() : FileSummary.of(path);
  }

  /**
   * Whether {@code path} is a regular file of that size and date.
   *
   * @param modified in nanoseconds since 1970
   * @throws IOException if it is missing or cannot be looked at
   */
  public static boolean isStill(Path path, long size, long modified) throws IOException {
    if (areFew()) {
      BasicFileAttributes now =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return now.isRegularFile()
          && now.size() == size
          && now.lastModifiedTime().to(TimeUnit.NANOSECONDS) == modified;
    }
    FileSummary now = look(path);
    return now.kind() == FileStatus.Kind.REGULAR
        && now.size() == size
        && now.modified() == modified;
  }

  /**
   * Reads the beginning of a regular file in one go. What is no longer one is not waited for.
   *
   * @param most as much is read as there is room for in {@code into} from {@code at} on
   * @return how many bytes were read; negative if it was not done, whatever the reason
   */
  public static int read(Path path, byte[] into, int at, int most) {
    if (most > LONGEST || areFew()) {
      return -1;
    }
    ManyFiles own = OWN.get();
    return own.name(path) ? own.read(into, at, most) : -1;
  }

  private static boolean areFew() {
    return CALLS.get() < FEW && CALLS.incrementAndGet() < FEW;
  }

  private boolean name(Path path) {
    byte[] bytes = RawName.path(path).toBytes();
    if (bytes.length > PATH_MAX) {
      return false;
    }
    MemorySegment.copy(bytes, 0, name, ValueLayout.JAVA_BYTE, 0, bytes.length);
    name.set(ValueLayout.JAVA_BYTE, bytes.length, (byte) 0);
    return true;
  }

  private boolean look() {
    try {
      return (int)
              Calls.STATX.invokeExact(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, statx)
          == 0;
    } catch (Throwable e) {
      throw Hints.impossible(e);
    }
  }

  private FileSummary summary() {
    int mode = Short.toUnsignedInt(statx.get(ValueLayout.JAVA_SHORT, Statx.MODE));
    long seconds = statx.get(ValueLayout.JAVA_LONG, Statx.MTIME_SECONDS);
    return new FileSummary(
        FileStatus.Kind.ofMode(mode),
        mode & 07777,
        statx.get(ValueLayout.JAVA_LONG, Statx.LENGTH),
        seconds * NANOSECONDS + statx.get(ValueLayout.JAVA_INT, Statx.MTIME_NANOSECONDS),
        device());
  }

  /** A device's number as {@code stat} has it, of the two that {@code statx} gives. */
  private long device() {
    long major = Integer.toUnsignedLong(statx.get(ValueLayout.JAVA_INT, Statx.RDEV));
    long minor =
        Integer.toUnsignedLong(statx.get(ValueLayout.JAVA_INT, Statx.RDEV + Integer.BYTES));
    return (major & 0xfffff000L) << 32
        | (major & 0xfff) << 8
        | (minor & 0xffffff00L) << 12
        | (minor & 0xff);
  }

  private int read(byte[] into, int at, int most) {
    try {
      int descriptor = (int) Calls.OPEN.invokeExact(name, O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
      if (descriptor < 0) {
        return -1;
      }
      long count = (long) Calls.READ.invokeExact(descriptor, content, (long) most);
      int closed = (int) Calls.CLOSE.invokeExact(descriptor);
      if (count < 0 || closed != 0) {
        return -1;
      }
      MemorySegment.copy(content, ValueLayout.JAVA_BYTE, 0, into, at, (int) count);
      return (int) count;
    } catch (Throwable e) {
      throw Hints.impossible(e);
    }
  }
}
