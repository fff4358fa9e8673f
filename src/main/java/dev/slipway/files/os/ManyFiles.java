package dev.slipway.files.os;

import dev.slipway.files.FileStatus;
import dev.slipway.files.RawName;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Looks at files and reads small ones by system calls alone: the JDK does much beside them, which
 * takes as long again, and counts where there are a hundred thousand. To get ready takes as long as
 * is saved with some ten thousand calls, so the first ones go the JDK's way; so does whatever
 * fails, for it to say why. All of this may be used by several threads.
 */
public final class ManyFiles {
  /** As many calls go the JDK's way. */
  private static final int FEW = 20_000;

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
    static final long NLINK = 16;
    static final long UID = 20;
    static final long GID = 24;
    static final long MODE = 28;
    static final long INO = 32;
    static final long LENGTH = 40;
    static final long MTIME_SECONDS = 112;
    static final long MTIME_NANOSECONDS = 120;
    static final long RDEV = 128;
    static final long DEV = 136;
  }

  private static final class Calls {
    static final MethodHandle STATX =
        link(
            "statx",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS));
    static final MethodHandle OPEN =
        link(
            "open",
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    static final MethodHandle READ =
        link(
            "read",
            FunctionDescriptor.of(
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG));
    static final MethodHandle CLOSE =
        link("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    @SuppressWarnings("restricted") // Native access is what this package is for.
    private static MethodHandle link(
        String name, FunctionDescriptor type, Linker.Option... options) {
      Linker linker = Linker.nativeLinker();
      return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type, options);
    }
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
   * The status of {@code path} itself, as {@link FileStatus#of} gives it.
   *
   * @throws IOException if it is missing or cannot be looked at
   */
  public static FileStatus status(Path path) throws IOException {
    if (areFew()) {
      return FileStatus.of(path);
    }
    ManyFiles own = OWN.get();
    return own.name(path) && own.look() ? own.status() : FileStatus.of(path);
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
      throw impossible(e);
    }
  }

  private FileStatus status() {
    int mode = Short.toUnsignedInt(statx.get(ValueLayout.JAVA_SHORT, Statx.MODE));
    long seconds = statx.get(ValueLayout.JAVA_LONG, Statx.MTIME_SECONDS);
    return new FileStatus(
        FileStatus.Kind.ofMode(mode),
        mode & 07777,
        statx.get(ValueLayout.JAVA_LONG, Statx.LENGTH),
        seconds * NANOSECONDS + statx.get(ValueLayout.JAVA_INT, Statx.MTIME_NANOSECONDS),
        statx.get(ValueLayout.JAVA_INT, Statx.UID),
        statx.get(ValueLayout.JAVA_INT, Statx.GID),
        device(Statx.DEV),
        statx.get(ValueLayout.JAVA_LONG, Statx.INO),
        statx.get(ValueLayout.JAVA_INT, Statx.NLINK),
        device(Statx.RDEV));
  }

  /** A device's number as {@code stat} has it, of the two that {@code statx} gives. */
  private long device(long at) {
    long major = Integer.toUnsignedLong(statx.get(ValueLayout.JAVA_INT, at));
    long minor = Integer.toUnsignedLong(statx.get(ValueLayout.JAVA_INT, at + Integer.BYTES));
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
      throw impossible(e);
    }
  }

  /** A call by method handle declares what it cannot throw. */
  private static RuntimeException impossible(Throwable e) {
    return switch (e) {
      case RuntimeException unchecked -> unchecked;
      case Error error -> throw error;
      default -> new IllegalStateException(e);
    };
  }
}
