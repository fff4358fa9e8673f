package dev.slipway.sandbox;

import dev.slipway.files.os.FileTree;
import dev.slipway.oci.ImageException;
import dev.slipway.sandbox.Ladder.Ids;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Deletes trees in which files may belong to the users of a range, who are strangers to the caller
 * outside of a user namespace.
 *
 * @param ids whose files there can be
 */
record Removal(Ids ids) implements RunFolder.Remover {
  @Override
  public void remove(Path folder) throws IOException, InterruptedException {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try {
      FileTree.delete(folder);
    } catch (IOException e) {
      if (ids == Ids.ALL) {
        throw e;
      }
      List<String> command = new ArrayList<>(Namespace.unshare(ids));
      command.addAll(List.of("rm", "-rf", "--", folder.toString()));
      ProcessBuilder builder = Namespace.builder(folder, command, java.util.Map.of());
      builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
      if (builder.start().waitFor() != 0) {
        throw new ImageException(folder + " could not be removed", e);
      }
    }
  }
}
