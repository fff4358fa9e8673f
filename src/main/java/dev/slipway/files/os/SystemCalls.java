package dev.slipway.files.os;

import dev.slipway.files.RawName;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/**
 * The few calls of Linux' C library that the JDK has no words for. Nothing is linked before the
 * first call: it costs some fifty milliseconds.
 */
public final class SystemCalls {
  private static final int EINTR = 4;
  private static final int EWOULDBLOCK = 11;
  private static final int EEXIST = 17;
  private static final int O_RDWR = 2;
  private static final int O_CREAT = 0100;
  private static final int O_CLOEXEC = 02000000;
  private static final int LOCK_SH = 1;
  private static final int LOCK_EX = 2;
  private static final int LOCK_NB = 4;
  private static final int SEEK_END = 2;
  private static final int LOCK_FILE_MODE = 0600;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MemoryLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private SystemCalls() {}

  @SuppressWarnings("restricted") // Native access is what this class is for.
  private static MethodHandle link(String name, FunctionDescriptor type, Linker.Option... options) {
    Linker.Option[] all = new Linker.Option[options.length + 1];
    System.arraycopy(options, 0, all, 0, options.length);
    all[options.length] = Linker.Option.captureCallState("errno");
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type, all);
  }

  private static final class Descriptors {
    static final MethodHandle OPEN =
        link(
            "open",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    static final MethodHandle CLOSE =
        link("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    static final MethodHandle FLOCK =
        link(
            "flock",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    static final MethodHandle LSEEK =
        link(
            "lseek",
            FunctionDescriptor.of(
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT));
  }

  private static final class Rare {
    static final MethodHandle SYMLINK =
        link(
            "symlink",
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
    static final MethodHandle SYNCFS =
        link("syncfs", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
  }

  /**
   * Makes the symbolic link {@code link} to {@code target}, byte for byte. The JDK cannot: it drops
   * doubled and trailing slashes, and what the locale cannot spell.
   *
   * @throws IOException if it cannot be made
   */
  public static void symlink(RawName target, Path link) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      int result =
          (int)
              Rare.SYMLINK.invokeExact(
                  state, cString(arena, target), cString(arena, RawName.path(link)));
      if (result != 0) {
        throw failure(state, "symlink", link);
      }
    } catch (Throwable e) {
      throw rethrow(e);
    }
  }

  /**
   * Waits until all that was written to the file system on which {@code directory} lies is on its
   * device: for a tree of many files much cheaper than one by one.
   *
   * @throws IOException if it cannot be written
   */
  public static void syncFileSystem(Path directory) throws IOException {
    int fd = openReadable(directory);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      int result = (int) Rare.SYNCFS.invokeExact(state, fd);
      if (result != 0) {
        throw failure(state, "syncfs", directory);
      }
    } catch (Throwable e) {
      throw rethrow(e);
    } finally {
      close(fd, directory);
    }
  }

  static int openLockFile(Path path) throws IOException {
    return open(path, O_RDWR | O_CREAT);
  }

  /** Opens a file, or a directory, to be read. */
  static int openReadable(Path path) throws IOException {
    return open(path, 0);
  }

  private static int open(Path path, int flags) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      MemorySegment name = cString(arena, RawName.path(path));
      while (true) {
        int fd = (int) Descriptors.OPEN.invokeExact(state, name, flags | O_CLOEXEC, LOCK_FILE_MODE);
        if (fd >= 0) {
          return fd;
        }
        if (errno(state) != EINTR) {
          throw failure(state, "open", path);
        }
      }
    } catch (Throwable e) {
      throw rethrow(e);
    }
  }

  static void close(int fd, Path path) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      int result = (int) Descriptors.CLOSE.invokeExact(state, fd);
      if (result != 0) {
        throw failure(state, "close", path);
      }
    } catch (Throwable e) {
      throw rethrow(e);
    }
  }

  /** Whether the lock was had; false only if {@code wait} is. */
  static boolean flock(int fd, boolean exclusive, boolean wait, Path path) throws IOException {
    int operation = (exclusive ? LOCK_EX : LOCK_SH) | (wait ? 0 : LOCK_NB);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      while (true) {
        int result = (int) Descriptors.FLOCK.invokeExact(state, fd, operation);
        if (result == 0) {
          return true;
        }
        switch (errno(state)) {
          case EINTR -> {}
          case EWOULDBLOCK -> {
            return false;
          }
          default -> throw failure(state, "flock", path);
        }
      }
    } catch (Throwable e) {
      throw rethrow(e);
    }
  }

  static long size(int fd, Path path) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      long size = (long) Descriptors.LSEEK.invokeExact(state, fd, 0L, SEEK_END);
      if (size < 0) {
        throw failure(state, "lseek", path);
      }
      return size;
    } catch (Throwable e) {
      throw rethrow(e);
    }
  }

  private static MemorySegment cString(Arena arena, RawName name) {
    MemorySegment text = arena.allocate(name.length() + 1L);
    MemorySegment.copy(name.toBytes(), 0, text, ValueLayout.JAVA_BYTE, 0, name.length());
    return text;
  }

  private static int errno(MemorySegment state) {
    return (int) ERRNO.get(state, 0L);
  }

  private static IOException failure(MemorySegment state, String call, Path path) {
    int errno = errno(state);
    return errno == EEXIST
        ? new FileAlreadyExistsException(path.toString())
        : new FileSystemException(path.toString(), null, call + " failed: " + reason(errno));
  }

  private static String reason(int errno) {
    return switch (errno) {
      case 1, 13 -> "permission denied";
      case 2 -> "no such file or directory";
      case 20 -> "not a directory";
      case 21 -> "is a directory";
      case 28 -> "no space left on the device";
      case 30 -> "the file system is read-only";
      case 40 -> "too many symbolic links";
      default -> "error " + errno;
    };
  }

  private static IOException rethrow(Throwable e) {
    return switch (e) {
      case IOException io -> io;
      case RuntimeException unchecked -> throw unchecked;
      case Error error -> throw error;
      default -> new IOException(e); // A call by method handle declares it but cannot throw it.
    };
  }
}
