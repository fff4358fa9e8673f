package dev.slipway.sandbox;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Starts Java as an ordinary user: the one that {@code scripts/test} makes for it, or whoever runs
 * the tests already.
 */
final class OrdinaryUser {
  private static final String NAME = "slipway-test";

  /** What the tests of this package need of the class path. */
  private static final Pattern NEEDED =
      Pattern.compile(
          "(junit|opentest4j|assertj|byte-buddy|jspecify|apiguardian|zstd-jni).*\\.jar");

  private final Path folder;
  private final boolean range;

  /**
   * @param folder for a copy of the class path, which this user may not be able to read
   * @param range whether other users' numbers are set aside for the user in /etc/subuid
   */
  OrdinaryUser(Path folder, boolean range) {
    this.folder = folder;
    this.range = range;
  }

  /** What starts a class of this package, in a folder that belongs to the user. */
  ProcessBuilder java(List<String> options, String mainClass, List<String> arguments)
      throws Exception {
    List<String> command = new ArrayList<>();
    if (ProcessHandle.current().info().user().orElse("").equals("root")) {
      String user = range ? NAME : "65533";
      command.addAll(List.of("setpriv", "--reuid", user, "--regid", user));
      command.add(range ? "--init-groups" : "--clear-groups");
      command.add("--inh-caps=-all");
    }
    Path home = Files.createDirectories(folder.resolve("home"));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxrwxrwx"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.add("-Djava.io.tmpdir=" + home);
    command.addAll(List.of("-cp", classPath(), mainClass));
    command.addAll(arguments);
    return new ProcessBuilder(command).directory(home.toFile());
  }

  private String classPath() throws IOException {
    List<String> copies = new ArrayList<>();
    String own =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    for (String entry : own.split(File.pathSeparator, -1)) {
      Path source = Path.of(entry);
      Path copy = folder.resolve(copies.size() + "-" + source.getFileName());
      if (Files.isDirectory(source)) {
        copy(source, copy);
        copies.add(copy.toString());
      } else if (NEEDED.matcher(source.getFileName().toString()).matches()) {
        Files.copy(source, copy, StandardCopyOption.REPLACE_EXISTING);
        copies.add(copy.toString());
      }
    }
    return String.join(File.pathSeparator, copies);
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(from)) {
      for (Path entry : entries) {
        Path target = to.resolve(entry.getFileName());
        if (Files.isDirectory(entry)) {
          copy(entry, target);
        } else {
          Files.copy(entry, target, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
  }
}
