package dev.slipway.cli;

import dev.slipway.cli.imagefile.ImageFileException;
import dev.slipway.oci.ImageException;
import dev.slipway.sandbox.ScriptFailedException;
import dev.slipway.sandbox.ScriptTimedOutException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;

/** What went wrong, as a line for people and as an exit status. */
final class Failures {
  /** It failed. */
  static final int FAILED = 1;

  /** How to learn more of a script that has failed. */
  private static final String SEE =
      " (--verbose shows all that it prints, --keep-failed keeps its tree)";

  /** The command line or the image file is wrong. */
  static final int WRONG_USAGE = 2;

  private Failures() {}

  static int status(Throwable failure) {
    return failure instanceof UsageException || failure instanceof ImageFileException
        ? WRONG_USAGE
        : FAILED;
  }

  /** One line that names the culprit. */
  static String describe(Throwable failure) {
    return OneLine.of(text(failure));
  }

  /** What a script said last, if one has failed, but for what {@link #describe} says of it. */
  static List<String> log(Throwable failure) {
    return switch (failure) {
      case ScriptFailedException e -> e.log().subList(0, Math.max(0, e.log().size() - 1));
      case ScriptTimedOutException e -> e.log();
      default -> List.of();
    };
  }

  private static String text(Throwable failure) {
    return switch (failure) {
      case ScriptFailedException e -> message(e) + SEE;
      case ScriptTimedOutException e -> message(e) + SEE;
      case ImageException e -> message(e);
      case NoSuchFileException e -> e.getFile() + ": no such file or directory";
      case AccessDeniedException e -> e.getFile() + ": permission denied";
      case FileAlreadyExistsException e -> e.getFile() + ": already exists";
      case NotDirectoryException e -> e.getFile() + ": not a directory";
      case DirectoryNotEmptyException e -> e.getFile() + ": directory not empty";
      case FileSystemException e -> message(e);
      case InvalidPathException e -> "'" + e.getInput() + "': not a path: " + e.getReason();
      case InterruptedException _, ClosedByInterruptException _ -> "interrupted";
      case UncheckedIOException e -> {
        Throwable cause = e.getCause();
        yield cause == null ? message(e) : text(cause);
      }
      case IOException e when "Broken pipe".equals(e.getMessage()) ->
          "standard output was closed before everything was written";
      case IOException e -> message(e);
      case OutOfMemoryError _ -> "out of memory; SLIPWAY_JAVA_OPTS=-Xmx1g gives it more";
      case UnsatisfiedLinkError e -> "a native library cannot be loaded: " + message(e);
      default ->
          "internal error, please report it with what --verbose shows: "
              + failure.getClass().getSimpleName()
              + ": "
              + message(failure);
    };
  }

  private static String message(Throwable failure) {
    String message = failure.getMessage();
    return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
  }
}
