package dev.slipway.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The launcher, run as users run it, with a home of its own: the store, the cache and temporary
 * files lie there and nowhere else.
 */
final class Slipway {
  /** The checkout that the tests run in. */
  static final Path CHECKOUT = Path.of("").toAbsolutePath();

  private static final int MINUTES = 5;

  private final Path home;
  private final Path temporary;
  private final Path launcher;
  private final List<String> prefix;
  private final Map<String, String> environment;

  private Slipway(Path home, Path launcher, List<String> prefix, Map<String, String> environment) {
    this.home = home;
    this.temporary = home.resolve("tmp");
    this.launcher = launcher;
    this.prefix = prefix;
    this.environment = environment;
  }

  /** The launcher with {@code home}, a new folder, for its home. */
  static Slipway in(Path home) throws IOException {
    Files.createDirectory(home);
    Files.createDirectory(home.resolve("tmp"));
    return new Slipway(home, CHECKOUT.resolve("slipway"), List.of(), Map.of());
  }

  /** This one as {@code prefix}, a command, runs it. */
  Slipway under(List<String> prefix) {
    return new Slipway(home, launcher, List.copyOf(prefix), environment);
  }

  /** This one from another checkout. */
  Slipway from(Path checkout) {
    return new Slipway(home, checkout.resolve("slipway"), prefix, environment);
  }

  /** This one with these variables besides. */
  Slipway with(Map<String, String> variables) {
    return new Slipway(home, launcher, prefix, Map.copyOf(variables));
  }

  /** The folder that it runs in, in which the image file is found. */
  Path home() {
    return home;
  }

  /** Writes the image file. */
  void imageFile(String yaml) throws IOException {
    Files.writeString(home.resolve("slipway.yaml"), yaml);
  }

  /** What it prints for these arguments. It must succeed, and leave none of its temporary files. */
  String run(String... arguments) throws IOException, InterruptedException {
    int status = status(arguments);
    assertThat(status)
        .as("%s: %s", List.of(arguments), Files.readString(home.resolve("complaints")))
        .isZero();
    return Files.readString(home.resolve("printed"));
  }

  /** What it says is wrong with these arguments. It must fail, and leave nothing behind either. */
  String fail(String... arguments) throws IOException, InterruptedException {
    assertThat(status(arguments)).as("%s", List.of(arguments)).isEqualTo(1);
    return Files.readString(home.resolve("complaints"));
  }

  /**
   * What a shell prints that runs these lines, in which it is called {@code slipway}. They must all
   * succeed.
   *
   * @param variables what they are told of the world besides
   */
  String shell(String lines, Map<String, String> variables)
      throws IOException, InterruptedException {
    Map<String, String> all = new HashMap<>(environment);
    all.putAll(variables);
    all.put("PATH", launcher.resolveSibling("") + ":" + System.getenv("PATH"));
    int status = new Slipway(home, launcher, prefix, all).command(List.of("sh", "-ec", lines));
    assertThat(status).as("%s%s", lines, Files.readString(home.resolve("complaints"))).isZero();
    return Files.readString(home.resolve("printed"));
  }

  private int status(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(prefix);
    command.add(launcher.toString());
    command.addAll(List.of(arguments));
    return command(command);
  }

  private int command(List<String> command) throws IOException, InterruptedException {
    Path out = home.resolve("printed");
    Path errors = home.resolve("complaints");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(home.toFile())
            .redirectOutput(out.toFile())
            .redirectError(errors.toFile());
    builder.environment().remove("SOURCE_DATE_EPOCH");
    builder.environment().putAll(variables());
    Process process = builder.start();
    process.getOutputStream().close();
    if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new AssertionError(command + " does not end");
    }
    try (Stream<Path> left = Files.list(temporary)) {
      assertThat(left).as("what %s leaves in its folder for temporary files", command).isEmpty();
    }
    return process.exitValue();
  }

  /** The document that it prints for these arguments and {@code --json}. */
  Document json(String... arguments) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--json");
    return Document.parse(run(all.toArray(String[]::new)));
  }

  /** What its processes are told of the world, besides what the tests are told. */
  private Map<String, String> variables() {
    Map<String, String> variables =
        new HashMap<>(
            Map.of(
                "HOME", home.toString(),
                "XDG_DATA_HOME", home.resolve("data").toString(),
                "XDG_CACHE_HOME", home.resolve("cache").toString(),
                "TMPDIR", temporary.toString()));
    variables.putAll(environment);
    return variables;
  }
}
