package dev.slipway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.slipway.peers.Programs;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whatever goes wrong, the launcher's answer is one line that names the culprit and a status that
 * is not 0; what was there stays, and nothing half-made is left.
 */
class BadInputIT {
  private static final String MISSING = "/nix/store/00000000000000000000000000000000-missing";

  private Path work;
  private Path out;
  private Path temporary;

  @BeforeEach
  void makeFolders() throws Exception {
    work = Files.createTempDirectory("bad-input").toRealPath();
    Files.setPosixFilePermissions(work, PosixFilePermissions.fromString("rwxr-xr-x"));
    out = Files.createDirectory(work.resolve("out"));
    temporary = Files.createDirectory(work.resolve("tmp"));
  }

  @AfterEach
  void deleteFolders() throws Exception {
    Programs.run("sh", "-c", "chmod -R u+rwX \"$1\"; rm -rf \"$1\"", "sh", work.toString());
  }

  private record Outcome(int status, String errors) {}

  private ProcessBuilder command(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of("slipway").toAbsolutePath().toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(out.toFile());
    builder.environment().put("XDG_CACHE_HOME", work.resolve("cache").toString());
    builder.environment().put("XDG_DATA_HOME", work.resolve("data").toString());
    builder.environment().put("TMPDIR", temporary.toString());
    builder.environment().remove("SOURCE_DATE_EPOCH");
    return builder.redirectError(work.resolve("errors").toFile());
  }

  private Outcome run(String... arguments) throws Exception {
    return end(command(arguments).redirectOutput(work.resolve("printed").toFile()).start());
  }

  private Outcome end(Process process) throws Exception {
    process.getOutputStream().close();
    if (!process.waitFor(3, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      fail("it does not end");
    }
    return new Outcome(process.exitValue(), Files.readString(work.resolve("errors")));
  }

  /** Fails in one line that holds these words, and leaves nothing. */
  private void assertRefused(Outcome outcome, int status, String... words) throws IOException {
    assertThat(outcome.status()).as(outcome.errors()).isEqualTo(status);
    assertThat(outcome.errors().lines().toList()).hasSize(1);
    assertThat(outcome.errors()).startsWith("slipway: ").contains(words);
    assertNoLitter();
  }

  private void assertNoLitter() throws IOException {
    assertThat(out).isEmptyDirectory();
    assertThat(temporary).isEmptyDirectory();
  }

  private String image(String arguments) throws IOException {
    Path file = work.resolve("slipway.yaml");
    Files.writeString(
        file, "images:\n  it:\n    buildLayeredImage:\n      name: it\n" + arguments.indent(6));
    return file.toString();
  }

  /** A store without a database, in which one path holds a file of that many zeros. */
  private String configuration(long size) throws Exception {
    String path = "/nix/store/00000000000000000000000000000000-zeros";
    String top = "/nix/store/11111111111111111111111111111111-top";
    Path object = Files.createDirectories(work.resolve("root" + path));
    try (RandomAccessFile file = new RandomAccessFile(object.resolve("file").toFile(), "rw")) {
      file.setLength(size);
    }
    Path folder = Files.createDirectories(work.resolve("root" + top));
    Programs.run(
        folder,
        "sh",
        "-c",
        "mkdir e; tar -C e -cf layer.tar .; rmdir e; sha256sum < layer.tar | cut -c1-64 >"
            + " checksum");
    Path conf = work.resolve("conf.json");
    Files.writeString(
        conf,
        """
        {"architecture": "amd64", "os": "linux", "config": {}, "created": "1970-01-01T00:00:01Z",
         "uid": 0, "gid": 0, "uname": "root", "gname": "root", "store_dir": "/nix/store",
         "store_layers": [["%s"]], "customisation_layer": "%s", "repo_tag": "it:1"}
        """
            .formatted(path, top));
    return conf.toString();
  }

  private String chroot() {
    return "local?root=" + work.resolve("root");
  }

  @Test
  void storePathsThatAreNotValid() throws Exception {
    assertRefused(
        run("build", "it", "-f", image("contents: [ " + MISSING + " ]"), "-o", "it.tar.gz"),
        1,
        MISSING);
    assertRefused(
        run("build", "it", "-f", image("contents: [ /nix/store/short ]"), "-o", "it.tar.gz"),
        2,
        "slipway.yaml:5:",
        "/nix/store/short");
    assertRefused(run("store", "closure", MISSING), 1, MISSING);
  }

  @Test
  void aStorePathThatHasNoFiles() throws Exception {
    String conf = configuration(10);
    Programs.run("rm", "-r", work.resolve("root") + "/nix/store/" + "0".repeat(32) + "-zeros");
    assertRefused(run("stream", "--conf", conf, "--store", chroot()), 1, "0-zeros");
  }

  @Test
  void filesThatCannotBeRead() throws Exception {
    Path tree = Files.createDirectory(work.resolve("tree"));
    Path secret = Files.writeString(tree.resolve("secret"), "x");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("---------"));
    Programs.run("chown", "-R", "65534:65534", work.toString());
    List<String> user = List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
    ProcessBuilder builder = command("store", "add", tree.toString());
    List<String> command = new ArrayList<>(user);
    command.addAll(builder.command());
    Process process =
        builder.command(command).redirectOutput(work.resolve("printed").toFile()).start();
    assertRefused(end(process), 1, secret.toString(), "ermission");
  }

  @Test
  void aDiskThatIsFull() throws Exception {
    String conf = configuration(8 << 20);
    Programs.run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", out.toString());
    try {
      String image =
          image("includeStorePaths: false\nextraCommands: head -c 8000000 /dev/urandom > noise");
      assertRefused(
          run("build", "it", "-f", image, "-o", "it.tar.gz"), 1, "it.tar.gz", "No space left");
    } finally {
      Programs.run("umount", out.toString());
    }
    assertThat(Path.of(conf)).exists();
  }

  /** What a script finds is laid down before it, as is a base that is compressed. */
  @ParameterizedTest
  @CsvSource({
    "copyToRoot: TREE, /tmp/slipway-, tar: ./noise",
    "extraCommands: cp -r TREE/. made, extraCommands of image 'it', No space left on device",
    "fromImage: BASE, base.tar.gz, bytes that are allowed in"
  })
  void aDiskThatIsFullBeforeAScriptHasEnded(String argument, String culprit, String reason)
      throws Exception {
    Path tree = Files.createDirectory(work.resolve("tree"));
    Programs.run(tree, "sh", "-c", "head -c 8000000 /dev/urandom > noise");
    Path base = work.resolve("base.tar.gz");
    String plain = "images: { it: { buildImage: { name: it, %s } } }\n";
    Path file =
        Files.writeString(work.resolve("slipway.yaml"), plain.formatted("copyToRoot: " + tree));
    assertThat(run("build", "it", "-f", file.toString(), "-o", base.toString(), "--quiet").errors())
        .isEmpty();

    String arguments = argument.replace("TREE", tree.toString()).replace("BASE", base.toString());
    String script = arguments.startsWith("extraCommands") ? "" : ", extraCommands: touch made";
    Files.writeString(file, plain.formatted(arguments + script));
    Programs.run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", temporary.toString());
    try {
      assertRefused(run("build", "it", "-f", file.toString(), "--quiet"), 1, culprit, reason);
    } finally {
      Programs.run("umount", temporary.toString());
    }
  }

  @Test
  void anOutputThatStoodThereBeforeStays() throws Exception {
    Path before = Files.writeString(out.resolve("it.tar.gz"), "before");
    Outcome outcome =
        run("build", "it", "-f", image("contents: [ " + MISSING + " ]"), "-o", "it.tar.gz");
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(before).hasContent("before");
    Files.delete(before);
    assertNoLitter();
  }

  @Test
  void aPipeThatIsClosed() throws Exception {
    Process process =
        command("stream", "--conf", configuration(64 << 20), "--store", chroot()).start();
    try (InputStream printed = process.getInputStream()) {
      assertThat(printed.readNBytes(1000)).hasSize(1000);
    }
    Outcome outcome = end(process);
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.errors().lines().toList()).hasSizeLessThanOrEqualTo(1);
    assertNoLitter();
  }

  /** Whether a process has been started with such an argument. */
  private static boolean isArgument(String text) {
    return ProcessHandle.allProcesses()
        .map(process -> process.info().arguments().map(List::of).orElse(List.of()))
        .anyMatch(arguments -> arguments.contains(text));
  }

  @Test
  @Timeout(120)
  void signals() throws Exception {
    Path started = work.resolve("started");
    for (String signal : List.of("INT", "TERM")) {
      String duration = "600." + ProcessHandle.current().pid() + System.nanoTime();
      String script =
          "extraCommands: |\n  echo yes > %s\n  touch made\n  sleep %s"
              .formatted(started, duration);
      Process process =
          command("build", "it", "-f", image(script), "-o", "it.tar.gz", "--quiet")
              .redirectOutput(work.resolve("printed").toFile())
              .start();
      while (!Files.exists(started)) {
        assertThat(process.isAlive()).as(Files.readString(work.resolve("errors"))).isTrue();
        Thread.onSpinWait();
      }
      Programs.run("kill", "-" + signal, Long.toString(process.pid()));
      assertThat(end(process).status()).isEqualTo(signal.equals("INT") ? 130 : 143);
      assertNoLitter();
      while (isArgument(duration)) {
        Thread.onSpinWait(); // The kernel ends it with its parent, but nobody waits for that.
      }
      Files.delete(started);
    }
  }

  @Test
  void baseImagesThatAreNone() throws Exception {
    Path base = work.resolve("base.tar");
    Files.writeString(base, "no archive");
    String image = "fromImage: " + base;
    assertRefused(run("build", "it", "-f", image(image), "-o", "it.tar.gz"), 1, base.toString());

    assertThat(run("build", "it", "-f", image("includeStorePaths: false"), "-o", base.toString()))
        .extracting(Outcome::status)
        .isEqualTo(0);
    byte[] whole = Files.readAllBytes(base);
    Files.write(base, java.util.Arrays.copyOf(whole, whole.length / 2));
    assertRefused(run("build", "it", "-f", image(image), "-o", "it.tar.gz"), 1, base.toString());
  }

  @Test
  void aDatabaseThatIsDamaged() throws Exception {
    Path database = work.resolve("root/nix/var/nix/db/db.sqlite");
    Files.createDirectories(database.getParent());
    Files.writeString(database.resolveSibling("schema"), "10");
    Files.writeString(database, "this is no database at all ".repeat(100));
    assertRefused(
        run("stream", "--conf", configuration(10), "--store", chroot()), 1, database.toString());
  }

  @Test
  void documentsThatAreWrong() throws Exception {
    Path conf = work.resolve("broken.json");
    Files.write(conf, "{\"architecture\": ".getBytes(StandardCharsets.UTF_8));
    Outcome broken = run("stream", "--conf", conf.toString());
    assertThat(broken.status()).isIn(1, 2);
    assertThat(broken.errors().lines().toList()).hasSize(1);
    assertThat(broken.errors()).contains("broken.json:1:");
    assertRefused(
        run("build", "it", "-f", image("contnets: []")), 2, "slipway.yaml:5:", "'contents'");
    assertRefused(run("build", "other", "-f", image("tag: x")), 2, "other");
    try (Stream<Path> files = Files.list(out)) {
      assertThat(files).isEmpty();
    }
  }
}
