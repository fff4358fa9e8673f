package dev.slipway.layer;

import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * A layer that is all of a folder, as {@code tar --sort=name --numeric-owner --hard-dereference .}
 * writes it under fakeroot: names that begin with {@code ./}, real modes, everything owned by 0:0
 * without names, fifos and device nodes by their numbers, each name of a file with its own copy of
 * the content.
 *
 * @param folder the folder
 * @param mtime every member's time of last modification in seconds since 1970
 * @param warnings is told of each socket, which a tar cannot hold
 */
public record FolderLayer(Path folder, long mtime, Consumer<String> warnings)
    implements LayerRecipe {}
