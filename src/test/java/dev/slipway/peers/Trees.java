package dev.slipway.peers;

import java.io.IOException;
import java.nio.file.Path;

/** File trees, made and listed by Python, which takes any name for what it is. */
final class Trees {
  private final Path script;

  /** Puts what it needs into {@code folder}. */
  Trees(Path folder) throws IOException {
    script = Programs.script(Trees.class, "trees.py", folder);
  }

  /** Makes a tree at {@code path}, the same for the same seed. */
  void make(Path path, long seed) throws IOException, InterruptedException {
    run("tree", path.toString(), Long.toString(seed));
  }

  /** One line for each file below {@code folder}: name, mode, owner, time, link or content. */
  String list(Path folder) throws IOException, InterruptedException {
    return run("list", folder.toString());
  }

  /** The same without the file or folder {@code name} at the top. */
  String listWithout(String name, Path folder) throws IOException, InterruptedException {
    return run("list", folder.toString(), name);
  }

  private String run(String... arguments) throws IOException, InterruptedException {
    String[] command = new String[arguments.length + 2];
    command[0] = "python3";
    command[1] = script.toString();
    System.arraycopy(arguments, 0, command, 2, arguments.length);
    return Programs.run(command);
  }
}
