package dev.slipway.sandbox;

import dev.slipway.layer.FolderTree;
import dev.slipway.layer.Layer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A layer with this machine's perl, for scripts that make system calls no shell makes. */
final class PerlLayer {
  /** Where it is, in the layer too. */
  static final Path PERL = Path.of("/usr/bin/perl");

  private PerlLayer() {}

  /** The layer; its files are in a new folder of {@code work}, which must stay. */
  static Layer make(Path work) throws Exception {
    Path root = Files.createTempDirectory(work, "perl");
    List<Path> files = new ArrayList<>(List.of(PERL));
    files.addAll(new HostPrograms(List.of(Path.of("/usr/bin"))).libraries(List.of(PERL)));
    for (Path file : files) {
      copy(file, root.resolve(file.toString().substring(1)));
    }
    return SandboxContract.layer(new FolderTree(0, 0, _ -> {}).read(root));
  }

  private static void copy(Path file, Path target) throws IOException {
    Files.createDirectories(target.getParent());
    Files.copy(file.toRealPath(), target);
  }
}
