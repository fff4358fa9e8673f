package dev.slipway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.files.os.FileTree;
import dev.slipway.oci.ImageException;
import dev.slipway.sandbox.ScriptRun.Limits;
import dev.slipway.sandbox.ScriptRun.Network;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlainSandboxTest extends ScriptContract {
  @Override
  Sandbox sandbox(SandboxSettings settings) {
    return new PlainSandbox(settings, 0, 0);
  }

  @Override
  View view() {
    return new View.Beside();
  }

  @Override
  Network network() {
    return Network.HOST;
  }

  @Override
  Duration brief() {
    return Duration.ofMillis(300);
  }

  /** What a script has left of nothing. */
  private List<String> left(String text, Optional<Script.VisibleStore> store) throws Exception {
    return left(run(text, view(), dir(), store, Limits.NONE));
  }

  private List<String> left(String text) throws Exception {
    return left(text, Optional.empty());
  }

  @Test
  void givesACleanEnvironment() throws Exception {
    left("env -0 | sort -z | tr '\\0' '\\n'");
    assertThat(output.stream().filter(line -> line.contains("=")).map(l -> l.replaceAll("=.*", "")))
        .containsExactlyInAnyOrder(
            "HOME", "NAME", "PATH", "PWD", "SHLVL", "TEMP", "TEMPDIR", "TMP", "TMPDIR", "_");
  }

  @Test
  void saysWhoseTheFilesAre() throws Exception {
    ScriptRun run = run("mkdir a; : > a/b; ln -s b a/c; mkfifo a/d", view(), dir());
    assertThat(left(new PlainSandbox(settings(), 12, 34), run))
        .containsExactly(
            "./ 0755 12:34",
            "./a/ 0755 12:34",
            "./a/b 0644 12:34",
            "./a/c 0777 12:34 -> b",
            "./a/d 0644 12:34 fifo");
  }

  @Test
  void leavesOutSockets() throws Exception {
    assertThat(
            left(
                "perl -MIO::Socket::UNIX -e"
                    + " 'IO::Socket::UNIX->new(Local => \"s\", Listen => 1) or die'; : > t"))
        .containsExactly("./ 0755 0:0", "./t 0644 0:0");
    assertThat(warnings).singleElement().asString().endsWith("/tree/s is a socket and was skipped");
  }

  @Test
  void keepsContentsUntilTheyAreNoLongerNeeded() throws Exception {
    try (Changeset changes = sandbox(settings()).run(run("echo x > f", view(), dir()))) {
      assertThat(temporary).isNotEmptyDirectory();
      assertThat(Listings.of(changes.tree())).contains("./f 0644 0:0 'x'");
    }
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void keepsWhatHasFailedOnAnotherFileSystem() throws Exception {
    Path memory = Files.createTempDirectory(Path.of("/dev/shm"), "slipway-test.");
    try {
      keepFailed = Optional.of(memory);
      assertThatThrownBy(() -> left("echo x > left; false"))
          .isInstanceOf(ScriptFailedException.class);
      assertThat(onlyEntry(memory).resolve("tree/left")).hasContent("x");
    } finally {
      FileTree.delete(memory);
    }
  }

  @Test
  void saysWhyAScriptHasFailedEvenIfNothingCanBeKept() {
    keepFailed = Optional.of(folder.resolve("missing"));
    assertThatThrownBy(() -> left("exit 7")).hasMessage("script failed with exit status 7");
    assertThat(warnings)
        .anyMatch(warning -> warning.startsWith("what script has left could not be kept: "));
  }

  @Test
  void removesWhatARunHasLeftThatWasKilled() throws Exception {
    Path stale = Files.createDirectory(temporary.resolve("slipway-run.stale"));
    Files.createFile(stale.resolve("lock"));
    Files.createDirectory(stale.resolve("tree"));
    left("true");
    assertThat(stale).doesNotExist();
  }

  @Test
  void refusesWhatItCannotGive() throws Exception {
    ScriptRun run = run("true", view(), dir());
    Limits disk = new Limits(OptionalLong.of(1 << 20), OptionalLong.empty(), Optional.empty());
    Limits memory = new Limits(OptionalLong.empty(), OptionalLong.of(1 << 20), Optional.empty());
    Optional<Script> afterwards = Optional.of(script("second", "true"));
    for (ScriptRun refused :
        List.of(
            run("true", new View.Inside(), dir()),
            run("true", new View.Above(List.of()), dir()),
            run("true", view(), dir(), Optional.empty(), disk),
            run("true", view(), dir(), Optional.empty(), memory),
            new ScriptRun(
                run.script(),
                view(),
                run.beginning(),
                afterwards,
                Optional.empty(),
                Limits.NONE,
                Network.HOST),
            new ScriptRun(
                run.script(),
                view(),
                run.beginning(),
                Optional.empty(),
                Optional.empty(),
                Limits.NONE,
                Network.NONE))) {
      assertThatThrownBy(() -> sandbox(settings()).run(refused))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void leavesNoScriptATerminal() throws Exception {
    assertThatScriptsHaveNoTerminal();
  }

  @ParameterizedTest
  @ValueSource(strings = {"sleep %s &", "setsid sleep %s &", "(trap '' TERM HUP; sleep %s) &"})
  @Timeout(60)
  void endsWhatIsLeftInTheBackground(String script) throws Exception {
    String duration = "1000." + ProcessHandle.current().pid() + System.nanoTime();
    left(script.formatted(duration) + "\necho started");
    assertThat(output).containsExactly("started");
    assertThat(ProcessHandle.allProcesses().map(ProcessHandle::info))
        .noneMatch(info -> info.arguments().map(List::of).orElse(List.of()).contains(duration));
  }

  @Test
  void showsAStoreThatLiesElsewhereAtItsLogicalPlace() throws Exception {
    Path store = Files.createDirectories(folder.resolve("elsewhere"));
    Files.writeString(store.resolve("greeting"), "hello");
    assertThat(
            left(
                "cat /nix/store/greeting; test -x /bin/sh; pwd; cp /nix/store/greeting copy",
                Optional.of(new Script.VisibleStore("/nix/store", List.of(store)))))
        .contains("./copy 0644 0:0 'hello'");
    assertThat(output).singleElement().asString().startsWith("hello" + temporary);
  }

  @Test
  void showsTwoStoresAsOne() throws Exception {
    Path first = Files.createDirectories(folder.resolve("first"));
    Path second = Files.createDirectories(folder.resolve("second"));
    Files.writeString(first.resolve("a"), "first");
    Files.writeString(second.resolve("a"), "hidden");
    Files.writeString(second.resolve("b"), "second");
    left(
        "cat /nix/store/a; echo; cat /nix/store/b; echo; ls /nix/store",
        Optional.of(new Script.VisibleStore("/nix/store", List.of(first, second))));
    assertThat(output).containsExactly("first", "second", "a", "b");
  }

  @Test
  void isNixsBuildUserWhoeverCalls() throws Exception {
    String script =
        """
        id -u; id -g
        mkdir shut; chmod 555 shut
        touch shut/file 2>/dev/null || echo refused
        chown 0:0 shut 2>/dev/null || echo refused
        chmod u+w shut; touch shut/file; stat -c %u:%g shut/file
        """;
    Path store = Files.createDirectories(folder.resolve("elsewhere"));
    List<String> expected = List.of("1000", "100", "refused", "refused", "1000:100");

    left(script);
    assertThat(output).isEqualTo(expected);
    output.clear();
    left(script, Optional.of(new Script.VisibleStore("/nix/store", List.of(store))));
    assertThat(output).isEqualTo(expected);
  }

  @Test
  void refusesAFolderThatIsOneNoMore() {
    assertThatThrownBy(() -> left("mv $PWD $PWD.old; ln -s nowhere $PWD"))
        .isInstanceOf(ImageException.class)
        .hasMessage("script put something else in the place of its folder");
  }

  @Test
  void hearsALineWithoutEndInParts() throws Exception {
    left("printf 'a\\rb\\r\\nc\\n\\n'; head -c 100000 /dev/zero | tr '\\0' x");
    assertThat(output).startsWith("a", "b", "c", "");
    assertThat(output).allMatch(line -> line.length() <= 8192);
    assertThat(String.join("", output)).isEqualTo("abc" + "x".repeat(100_000));
  }
}
