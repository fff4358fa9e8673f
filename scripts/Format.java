import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/**
 * Formats the project's Java files with google-java-format, which is on the class path; with {@code
 * --check} it changes nothing, lists the files that are not formatted, and exits with 1.
 */
void main(String[] args) throws IOException {
  boolean check = List.of(args).contains("--check");
  var arguments = new ArrayList<String>();
  arguments.addAll(check ? List.of("--dry-run", "--set-exit-if-changed") : List.of("--replace"));
  for (Path root : List.of(Path.of("src"), Path.of("scripts"), Path.of("bench"))) {
    arguments.addAll(javaFilesBelow(root));
  }
  int status =
      ToolProvider.findFirst("google-java-format")
          .orElseThrow()
          .run(System.out, System.err, arguments.toArray(String[]::new));
  if (status != 0 && check) {
    System.err.println("The files above are not formatted: run scripts/format");
  }
  System.exit(status);
}

private static List<String> javaFilesBelow(Path root) throws IOException {
  if (!Files.isDirectory(root)) {
    return List.of();
  }
  try (Stream<Path> files = Files.walk(root)) {
    return files
        .filter(file -> !file.startsWith(root.resolve("target")))
        .map(Path::toString)
        .filter(file -> file.endsWith(".java"))
        .sorted()
        .toList();
  }
}
