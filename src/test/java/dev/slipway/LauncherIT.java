package dev.slipway;

import static java.nio.file.StandardCopyOption.COPY_ATTRIBUTES;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs the launcher in copies of the checkout: once for real, and for its decisions with a JDK and
 * a Maven that only report what they were asked.
 */
class LauncherIT {
  private static final Path CHECKOUT = Path.of("").toAbsolutePath();

  /** Prints its version, locale and arguments; makes an empty cache where one is asked for. */
  private static final String FAKE_JAVA =
      """
      #!/bin/sh
      for argument; do
        case $argument in -XX:AOTCacheOutput=*) echo cache >"${argument#*=}"; exit 0 ;; esac
      done
      echo "${0%/bin/java} LC_ALL=${LC_ALL:-}"
      printf '<%s>\\n' "$@"
      exit "${FAKE_STATUS:-0}"
      """;

  /** Reports to a pipe that it started and goes on when told, where there are such pipes. */
  private static final String FAKE_MAVEN =
      """
      #!/bin/sh
      for argument; do
        case $argument in -Dslipway.buildDirectory=*) target=${argument#*=} ;; esac
      done
      echo "$JAVA_HOME" >>"$FAKES/builds"
      if [ -p "$FAKES/started" ]; then
        echo yes >"$FAKES/started"
        read -r line <"$FAKES/continue"
      fi
      if [ -e "$FAKES/broken" ]; then
        echo 'Something.java: error: does not compile'
        exit 1
      fi
      mkdir -p "$target/lib"
      echo jar >"$target/slipway.jar"
      """;

  private static final String ENLARGED = "<-Dslipway.enlarged=true>\n";

  private Path scratch;
  private Path checkout;
  private Path fakes;
  private Path jdk;

  @BeforeEach
  void copyTheCheckout() throws IOException {
    scratch = Files.createTempDirectory("launcher").toRealPath();
    Files.setPosixFilePermissions(scratch, PosixFilePermissions.fromString("rwxr-xr-x"));
    checkout = Files.createDirectory(scratch.resolve("a checkout"));
    fakes = Files.createDirectory(scratch.resolve("fakes"));
    for (String part : List.of("slipway", "pom.xml", "scripts/train-aot", "src/main")) {
      copy(CHECKOUT.resolve(part), checkout.resolve(part));
    }
    jdk = fakeJdk("jdk-25", "25.0.1");
    program(Files.createDirectory(fakes.resolve("bin")).resolve("mvn"), FAKE_MAVEN);
  }

  @AfterEach
  void removeTheCopy() throws IOException {
    try (Stream<Path> files = Files.walk(scratch)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void twoFirstRunsShareOneBuildThatOthersMayUse() throws Exception {
    Run first = start(checkout, List.of("./slipway", "--version"), Map.of());
    Run second = start(checkout, List.of("./slipway", "--version"), Map.of());
    Outcome one = outcomeOf(first);
    Outcome two = outcomeOf(second);

    assertThat(one).isEqualTo(two);
    assertThat(one.status()).as(one.errors()).isZero();
    assertThat(one.output()).startsWith("slipway ");
    assertThat(one.errors()).isEmpty();
    assertThat(builds()).hasSize(1);

    try (Stream<Path> caches = Files.list(build()).filter(f -> f.toString().endsWith(".aot"))) {
      Files.writeString(caches.findFirst().orElseThrow(), "damaged");
    }
    assertThat(outcomeOf(start(checkout, List.of("./slipway", "--version"), Map.of())))
        .as("a cache that does not fit is passed over in silence")
        .isEqualTo(one);

    Files.writeString(checkout.resolve("pom.xml"), "newer, and no POM");
    Outcome asAnother = runAsAnotherUser("./slipway", "--version");
    assertThat(asAnother).isEqualTo(one);
    assertThat(builds()).hasSize(1);
  }

  @Test
  void buildsOnceAndThenOnlyStarts() throws Exception {
    Outcome first = run("build", "web", "-o", "a b");
    Outcome second = run("build", "web", "-o", "a b");

    assertThat(second).isEqualTo(first);
    assertThat(first.errors()).isEmpty();
    assertThat(first.output().lines().toList())
        .contains("<-Xmx256m>", "<-XX:+UseSerialGC>")
        .contains("<-XX:AOTCache=" + build().resolve("25.0.1+1.aot") + ">")
        .containsSubsequence(
            "<-cp>",
            "<" + build().resolve("slipway.jar") + ">",
            "<dev.slipway.cli.Main>",
            "<build>",
            "<web>",
            "<-o>",
            "<a b>");
    assertThat(fakes.resolve("builds")).hasContent(jdk.toString());
  }

  @Test
  void runsFromAnyFolderAndThroughLinks() throws Exception {
    Path link = Files.createSymbolicLink(scratch.resolve("link"), checkout.resolve("slipway"));
    Outcome outcome = outcomeOf(start(scratch, List.of(link.toString(), "x"), fakeWorld(Map.of())));
    assertThat(outcome.output()).endsWith("<dev.slipway.cli.Main>\n<x>\n");
  }

  @Test
  void ownOptionsComeLastAndWin() throws Exception {
    Outcome outcome = run(Map.of("SLIPWAY_JAVA_OPTS", "-Xmx1g -Da=*"), "x");
    assertThat(outcome.output().lines().toList())
        .containsSubsequence("<-Xmx256m>", "<-Xmx1g>", "<-Da=*>", "<dev.slipway.cli.Main>");
  }

  @Test
  void exitStatusPassesThrough() throws Exception {
    assertThat(run(Map.of("FAKE_STATUS", "42"), "x").status()).isEqualTo(42);
  }

  @Test
  void onlyALocaleWithoutUtf8IsReplaced() throws Exception {
    assertThat(run(Map.of("LC_ALL", "C"), "x").output()).contains("LC_ALL=C.UTF-8\n");
    assertThat(run(Map.of("LC_ALL", "no_SUCH.UTF-8"), "x").output()).contains("LC_ALL=C.UTF-8\n");
    assertThat(run(Map.of("LC_ALL", "C.utf8"), "x").output()).contains("LC_ALL=C.utf8\n");
  }

  @Test
  void thePipeThatAnArchiveIsStreamedToHoldsAMebibyte() throws Exception {
    String size = "perl -e 'print STDERR fcntl(STDIN, 1032, 0)'";
    Outcome piped = shell("./slipway stream x | { cat; " + size + "; }");
    assertThat(piped.errors()).isEqualTo("1048576");
    assertThat(piped.output()).contains(ENLARGED);
  }

  @Test
  void whereNoPipeWasEnlargedTheProgramIsNotToldSo() throws Exception {
    assertThat(shell("./slipway build x | cat").output()).doesNotContain(ENLARGED);
    assertThat(shell("./slipway stream x").output()).doesNotContain(ENLARGED);
    program(fakes.resolve("bin/perl"), "#!/bin/sh\necho >&2 no such call\nexit 1\n");
    Outcome refused = shell("./slipway stream x | cat");
    assertThat(refused.output()).contains("<stream>").doesNotContain(ENLARGED);
    assertThat(refused.errors()).isEmpty();
  }

  private Outcome shell(String script) throws Exception {
    return outcomeOf(start(checkout, List.of("sh", "-c", script), fakeWorld(Map.of())));
  }

  @Test
  void aChangedSourceIsBuiltAndADeletedOneToo() throws Exception {
    run("x");
    Path source = Files.writeString(checkout.resolve("src/main/java/Extra.java"), "class Extra {}");
    run("x");
    assertThat(mavenRuns()).isEqualTo(2);
    Files.delete(source);
    run("x");
    run("x");
    assertThat(mavenRuns()).isEqualTo(3);
    assertThat(builds()).as("the current build and the one before it").hasSize(2);
  }

  @Test
  void aFailedBuildSaysWhyAndChangesNothing() throws Exception {
    run("x");
    List<Path> before = builds();
    Files.writeString(checkout.resolve("src/main/java/Broken.java"), "class");
    Files.createFile(fakes.resolve("broken"));
    Outcome outcome = run("x");

    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.output()).isEmpty();
    assertThat(outcome.errors())
        .isEqualTo("Something.java: error: does not compile\nslipway: the build failed\n");
    assertThat(builds()).isEqualTo(before);

    Files.delete(fakes.resolve("broken"));
    assertThat(run("x").status()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"HUP", "INT", "TERM"})
  void anInterruptedBuildLeavesNothing(String signal) throws Exception {
    holdMaven();
    // These tests may themselves run where a signal is ignored, as under nohup.
    List<String> command = List.of("env", "--default-signal", "./slipway", "x");
    Run launcher = start(checkout, command, fakeWorld(Map.of()));
    awaitMaven();
    String pid = Long.toString(launcher.process().pid());
    outcomeOf(start(checkout, List.of("kill", "-s", signal, pid), Map.of()));
    assertThat(outcomeOf(launcher).status()).isGreaterThan(128);
    assertThat(builds()).isEmpty();

    Files.delete(fakes.resolve("started"));
    assertThat(run("x").status()).isZero();
  }

  @Test
  void aSecondFirstRunWaitsForTheBuild() throws Exception {
    holdMaven();
    Run first = start(checkout, List.of("./slipway", "x"), fakeWorld(Map.of()));
    awaitMaven();
    Run second = start(checkout, List.of("./slipway", "x"), fakeWorld(Map.of()));
    Files.writeString(fakes.resolve("continue"), "go\n");

    assertThat(outcomeOf(first)).isEqualTo(outcomeOf(second));
    assertThat(mavenRuns()).isEqualTo(1);
  }

  @Test
  void aCheckoutThatCannotBeWrittenMustHaveBeenBuilt() throws Exception {
    Outcome outcome = runAsAnotherUser("./slipway", "x");
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.errors()).startsWith("slipway: not built yet, and ").hasLineCount(1);
  }

  @Test
  void jdksThatAreBrokenOrOldArePassedOver() throws Exception {
    Path old = fakeJdk("jdk-17", "17.0.9");
    Path broken = Files.createDirectory(fakes.resolve("no-jdk"));
    Path path = Files.createDirectories(fakes.resolve("path"));
    Files.createSymbolicLink(path.resolve("java"), jdk.resolve("bin/java"));
    for (Path home : List.of(old, broken, fakes.resolve("missing"))) {
      Map<String, String> world =
          Map.of("JAVA_HOME", home.toString(), "PATH", path + ":" + fakePath());
      assertThat(run(world, "x").output()).startsWith(jdk + " LC_ALL");
    }
  }

  @Test
  void anotherJdkHasACacheOfItsOwn() throws Exception {
    run("x");
    Path newer = fakeJdk("jdk-26", "26-ea");
    Outcome outcome = run(Map.of("JAVA_HOME", newer.toString()), "x");
    assertThat(outcome.output()).contains("<-XX:AOTCache=" + build().resolve("26-ea+1.aot") + ">");
    assertThat(mavenRuns()).isEqualTo(1);
  }

  @Test
  void aMissingJdkIsSaidInOneLine() throws Exception {
    Run run =
        start(
            checkout,
            List.of(
                "unshare",
                "--map-root-user",
                "--mount",
                "sh",
                "-c",
                "mount -t tmpfs none /usr/lib/jvm && exec ./slipway x"),
            fakeWorld(Map.of("JAVA_HOME", "", "PATH", bareTools())));
    Outcome outcome = outcomeOf(run);
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.errors()).startsWith("slipway: a JDK of version 25").hasLineCount(1);
  }

  @Test
  void aMissingMavenIsSaidInOneLine() throws Exception {
    Outcome outcome = run(Map.of("PATH", bareTools()), "x");
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.errors()).startsWith("slipway: Maven is missing").hasLineCount(1);
    assertThat(builds()).isEmpty();
  }

  /** A run that was started, and where what it prints goes. */
  private record Run(Process process, Path output, Path errors) {}

  private record Outcome(int status, String output, String errors) {}

  private Outcome run(String... arguments) throws Exception {
    return run(Map.of(), arguments);
  }

  private Outcome run(Map<String, String> changes, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("./slipway"));
    command.addAll(List.of(arguments));
    return outcomeOf(start(checkout, command, fakeWorld(changes)));
  }

  /** Root may write anywhere, so it becomes somebody else; others lose the permission. */
  private Outcome runAsAnotherUser(String... command) throws Exception {
    if (Files.getAttribute(checkout, "unix:uid").equals(0)) {
      List<String> asNobody =
          new ArrayList<>(
              List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"));
      asNobody.addAll(List.of(command));
      return outcomeOf(start(checkout, asNobody, Map.of()));
    }
    chmod("a-w");
    try {
      return outcomeOf(start(checkout, List.of(command), Map.of()));
    } finally {
      chmod("u+w");
    }
  }

  private void chmod(String mode) throws Exception {
    outcomeOf(start(checkout, List.of("chmod", "-R", mode, "."), Map.of()));
  }

  private Run start(Path folder, List<String> command, Map<String, String> environment)
      throws IOException {
    Path output = Files.createTempFile(scratch, "run", ".output");
    Path errors = Files.createTempFile(scratch, "run", ".errors");
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().putAll(environment);
    builder.redirectOutput(output.toFile()).redirectError(errors.toFile());
    return new Run(builder.start(), output, errors);
  }

  private static Outcome outcomeOf(Run run) throws Exception {
    assertThat(run.process().waitFor(5, TimeUnit.MINUTES)).as("the run ends").isTrue();
    return new Outcome(
        run.process().exitValue(), Files.readString(run.output()), Files.readString(run.errors()));
  }

  private Map<String, String> fakeWorld(Map<String, String> changes) {
    Map<String, String> world = new HashMap<>();
    world.put("PATH", fakePath());
    world.put("FAKES", fakes.toString());
    world.put("JAVA_HOME", jdk.toString());
    world.putAll(changes);
    return world;
  }

  private String fakePath() {
    return fakes.resolve("bin") + ":" + System.getenv("PATH");
  }

  /** A PATH on which there is what the launcher itself calls, and neither Java nor Maven. */
  private String bareTools() throws IOException {
    Path tools = Files.createDirectory(fakes.resolve("tools"));
    for (String tool :
        List.of("sh", "mount", "find", "readlink", "locale", "mkdir", "flock", "date", "rm")) {
      Files.createSymbolicLink(tools.resolve(tool), Path.of("/usr/bin", tool));
    }
    return tools.toString();
  }

  private Path fakeJdk(String name, String version) throws IOException {
    Path home = fakes.resolve(name);
    Files.createDirectories(home.resolve("bin"));
    program(home.resolve("bin/java"), FAKE_JAVA);
    program(home.resolve("bin/javac"), FAKE_JAVA);
    Files.writeString(
        home.resolve("release"),
        "IMPLEMENTOR=\"A B\"\nJAVA_RUNTIME_VERSION=\"%s+1\"\nJAVA_VERSION=\"%s\"\n"
            .formatted(version, version));
    return home;
  }

  private static void program(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** From here on the fake Maven says when it has started, and waits. */
  private void holdMaven() throws Exception {
    assertThat(outcomeOf(start(fakes, List.of("mkfifo", "started", "continue"), Map.of())).status())
        .isZero();
  }

  private void awaitMaven() throws IOException {
    assertThat(fakes.resolve("started")).hasContent("yes");
  }

  /** The folder of the build that runs. */
  private Path build() throws IOException {
    Path state = checkout.resolve(".slipway");
    return state.resolve("builds").resolve(Files.readString(state.resolve("current")).strip());
  }

  private List<Path> builds() throws IOException {
    Path builds = checkout.resolve(".slipway/builds");
    if (Files.notExists(builds)) {
      return List.of();
    }
    try (Stream<Path> folders = Files.list(builds)) {
      return folders.sorted().toList();
    }
  }

  private long mavenRuns() throws IOException {
    return Files.readAllLines(fakes.resolve("builds")).size();
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.copy(file, to.resolve(from.relativize(file).toString()), COPY_ATTRIBUTES);
      }
    }
  }
}
