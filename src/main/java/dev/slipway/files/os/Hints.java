package dev.slipway.files.os;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Calls of Linux' C library that make work quicker and change nothing else. Why one was refused is
 * not asked, which makes linking them at the first call half as much work as with {@link
 * SystemCalls}.
 */
public final class Hints {
  private static final int F_SETPIPE_SZ = 1031;
  private static final int SYNC_FILE_RANGE_WRITE = 2;

  private Hints() {}

  /** A function of the C library, called without asking after errno. */
  @SuppressWarnings("restricted") // Native access is what this package is for.
  private static MethodHandle link(String name, FunctionDescriptor type, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type, options);
  }

  private static final class Pipes {
    static final MethodHandle FCNTL =
        link(
            "fcntl",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(2));
  }

  private static final class Files {
    static final MethodHandle SYNC_FILE_RANGE =
        link(
            "sync_file_range",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT));
  }

  /**
   * Lets a pipe hold this many bytes, if the kernel agrees. With the usual 64 KiB, writer and
   * reader spend much of their time on waking each other.
   *
   * @param descriptor of the pipe's one end or other
   * @return whether it was done
   */
  public static boolean enlargePipe(int descriptor, int bytes) {
    try {
      return (int) Pipes.FCNTL.invokeExact(descriptor, F_SETPIPE_SZ, bytes) >= 0;
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  /**
   * Has the device begin with this part of a file, and does not wait for it: syncing the file later
   * has less to do.
   *
   * @return whether it could be done; not every file system can
   */
  static boolean beginWriting(int fd, long offset, long length) {
    try {
      return (int) Files.SYNC_FILE_RANGE.invokeExact(fd, offset, length, SYNC_FILE_RANGE_WRITE)
          == 0;
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
