package dev.slipway.peers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Debian's Nix, which builds in its sandbox into a chroot store of a test's own. Builders are users
 * set aside for that, who exist for the test alone; they see the machine's programs and libraries,
 * and a JDK, but no database and no home.
 *
 * @param home the folder of all that it makes
 */
record NixBuilder(Path home) {
  private static final int MINUTES = 15;

  /** What the tests ask of the drop-in, besides its examples. */
  private static final Path EXPRESSION = Slipway.CHECKOUT.resolve("src/test/nix/default.nix");

  /** In a namespace of mounts, puts users and their group in place; {@code $1} is the home. */
  private static final String USERS =
      """
      for file in passwd group; do [ -e "$1/$file" ] || cp /etc/$file "$1"; done
      if ! grep -q '^slipway-nixbld:' "$1/group"; then
        echo 'slipway-nixbld:x:64100:slipway-nixbld1,slipway-nixbld2' >> "$1/group"
        for i in 1 2; do
          echo "slipway-nixbld$i:x:6410$i:64100::/var/empty:/usr/sbin/nologin" >> "$1/passwd"
        done
      fi
      mount --bind "$1/passwd" /etc/passwd
      mount --bind "$1/group" /etc/group
      """;

  /** What {@code attribute} of the tests' expression is, which need not be built for that. */
  Document evaluate(String attribute, Map<String, String> arguments)
      throws IOException, InterruptedException {
    List<String> command = command("nix-instantiate", arguments);
    command.addAll(List.of("--eval", "--strict", "--json", "--read-write-mode"));
    command.addAll(List.of("-A", attribute));
    return Document.parse(output(command, true));
  }

  /** Builds {@code attribute}, and returns the store path of each result. */
  List<String> build(String attribute, Map<String, String> arguments)
      throws IOException, InterruptedException {
    List<String> command = command("nix-build", arguments);
    command.addAll(List.of("--no-out-link", "-A", attribute));
    return output(command, true).lines().toList();
  }

  /** What Nix says of an {@code attribute} that cannot be built. */
  String fail(String attribute, Map<String, String> arguments)
      throws IOException, InterruptedException {
    List<String> command = command("nix-build", arguments);
    command.addAll(List.of("--no-out-link", "-A", attribute));
    return output(command, false);
  }

  /** The root folder of the store. */
  Path root() {
    return home.resolve("root");
  }

  /** Where a store path of this store lies. */
  Path locate(String path) {
    return root().resolve(path.substring(1));
  }

  /** Copies all that another chroot store has. */
  void copy(Path from) throws IOException, InterruptedException {
    output(
        List.of(
            "nix",
            "--extra-experimental-features",
            "nix-command",
            "copy",
            "--no-check-sigs",
            "--from",
            "local?root=" + from,
            "--to",
            "local?root=" + root(),
            "--all"),
        true);
  }

  private List<String> command(String program, Map<String, String> arguments) {
    List<String> command =
        new ArrayList<>(List.of(program, EXPRESSION.toString(), "--store", "local?root=" + root()));
    command.addAll(List.of("--argstr", "jdkHome", jdk()));
    arguments.forEach((name, value) -> command.addAll(List.of("--argstr", name, value)));
    return command;
  }

  /** What a script prints that runs where this store is Nix's own, and these are its nixpkgs. */
  String runInPlace(Path work, Path programs, String docker, String script)
      throws IOException, InterruptedException {
    Files.createDirectories(root().resolve("nix"));
    return Programs.run(
        work,
        "env",
        "NIX_CONFIG=" + configuration(),
        "NIX_PATH=nixpkgs=" + EXPRESSION.resolveSibling("pkgs.nix"),
        "JAVA_HOME=" + jdk(),
        "DOCKER_HOST=" + docker,
        "HOME=" + home,
        "PATH=" + programs + ":/usr/sbin:/usr/bin:/sbin:/bin",
        "unshare",
        "--mount",
        "sh",
        "-ec",
        USERS + "mount --bind \"$1\"/root/nix /nix; shift; exec sh -c \"$1\"",
        "sh",
        home.toString(),
        script);
  }

  private static String configuration() {
    return """
    build-users-group = slipway-nixbld
    substituters =
    max-jobs = 2
    sandbox = true
    sandbox-paths = /bin /sbin /usr /lib /lib64 /etc/alternatives %s
    """
        .formatted(jdk());
  }

  private static String jdk() {
    return System.getProperty("java.home");
  }

  private String output(List<String> command, boolean succeeds)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile(home, "nix", ".out");
    Path errors = Files.createTempFile(home, "nix", ".err");
    List<String> withUsers =
        new ArrayList<>(
            List.of(
                "unshare",
                "--mount",
                "sh",
                "-ec",
                USERS + "shift; exec \"$@\"",
                "sh",
                home.toString()));
    withUsers.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(withUsers)
            .directory(home.toFile())
            .redirectOutput(out.toFile())
            .redirectError(errors.toFile());
    builder.environment().put("NIX_CONFIG", configuration());
    builder.environment().put("HOME", home.toString());
    Process process = builder.start();
    process.getOutputStream().close();
    if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new AssertionError(command + " does not end");
    }
    if ((process.exitValue() == 0) != succeeds) {
      throw new AssertionError(
          command + " ended with " + process.exitValue() + ": " + text(errors));
    }
    return text(succeeds ? out : errors);
  }

  /** What was printed; Nix cuts its progress bars in the middle of characters. */
  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }
}
