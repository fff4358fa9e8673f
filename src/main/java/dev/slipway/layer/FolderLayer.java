package dev.slipway.layer;

import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * A layer that is all of a folder, as {@code tar --sort=name --hard-dereference .} writes it: names
 * that begin with {@code ./}, real modes, fifos and device nodes by their numbers, each name of a
 * file with its own copy of the content.
 *
 * @param folder the folder
 * @param dialect how it is written, and what owners are called
 * @param uid the number of whom everything belongs to
 * @param gid their group's number
 * @param mtime every member's time of last modification in seconds since 1970
 * @param warnings is told of each socket, which a tar cannot hold
 */
public record FolderLayer(
    Path folder, TarDialect.Gnu dialect, long uid, long gid, long mtime, Consumer<String> warnings)
    implements LayerRecipe {
  /** A layer in which everything belongs to 0:0, who have no names: as under fakeroot. */
  public FolderLayer(Path folder, long mtime, Consumer<String> warnings) {
    this(folder, TarDialect.GNU_NUMERIC, 0, 0, mtime, warnings);
  }
}
