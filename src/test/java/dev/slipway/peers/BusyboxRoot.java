package dev.slipway.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A folder to make an image of in which there is a shell: one program that needs no library. */
final class BusyboxRoot {
  private BusyboxRoot() {}

  static void make(Path folder) throws IOException {
    Path bin = Files.createDirectories(folder.resolve("bin"));
    Files.copy(Path.of("/bin/busybox"), bin.resolve("busybox"));
    for (String name : List.of("sh", "cat", "env", "id", "stat")) {
      Files.createSymbolicLink(bin.resolve(name), Path.of("busybox"));
    }
  }
}
